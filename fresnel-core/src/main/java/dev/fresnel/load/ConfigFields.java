package dev.fresnel.load;

import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.BlockOrder;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional.Rotary;
import dev.fresnel.model.config.Reach;
import dev.fresnel.model.config.RotaryPairs;
import dev.fresnel.model.config.RotaryScaling;
import dev.fresnel.tensor.Activation;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model's configuration as names and values, by TransformerLens's names where it has one: what
 * TransformerLens's own format is read from, written. What a model does not have (soft caps,
 * windows, further norms) is left out.
 */
public final class ConfigFields {
  private ConfigFields() {}

  /** The fields, in the order in which they are shown. */
  public static Map<String, @Nullable Object> of(Transformer model) {
    ModelConfig config = model.config();
    var sizes = config.sizes();
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("layers", sizes.layers());
    fields.put("heads", sizes.heads());
    fields.put("key_value_heads", sizes.keyValueHeads());
    fields.put("d_model", sizes.dModel());
    fields.put("d_head", sizes.dHead());
    fields.put("d_mlp", config.attentionOnly() ? null : config.mlp().width());
    fields.put("n_ctx", sizes.context());
    fields.put("d_vocab", sizes.vocabulary());
    fields.put("d_vocab_out", sizes.vocabularyOut());
    fields.put("attn_only", config.attentionOnly());
    fields.put("act_fn", config.mlp().function().map(Activation::label).orElse(null));
    fields.put("gated_mlp", config.mlp() instanceof Mlp.Gated);
    fields.put("parallel_attn_mlp", config.order() == BlockOrder.PARALLEL);
    fields.put("normalization_type", config.norm().label().orElse(null));
    fields.put("eps", epsilon(config.norm()));
    fields.put("attn_scale", config.attending(0).divisor());
    fields.put("scale_attn_by_inverse_layer_idx", isDividedByDepth(config));
    fields.put("positional_embedding_type", config.positional().label());
    if (config.positional() instanceof Rotary rotary) {
      putRotary(fields, rotary);
    }
    putVariants(fields, config);
    fields.put("default_prepend_bos", config.prependBos());
    fields.put("dtype", model.weight("embed.W_E").dtype().label());
    return fields;
  }

  /** What few models have. */
  private static void putVariants(Map<String, @Nullable Object> fields, ModelConfig config) {
    if (!(config.embeddingNorm() instanceof Norm.None)) {
      fields.put("post_embedding_ln", true);
    }
    if (!(config.normBehind() instanceof Norm.None)) {
      fields.put("use_normalization_before_and_after", true);
    }
    if (config.attending().stream().anyMatch(layer -> !layer.reach().equals(Reach.ALL))) {
      fields.put("use_local_attn", true);
      fields.put(
          "window_size",
          config.attending().stream().mapToInt(layer -> layer.reach().window()).min().getAsInt());
      fields.put(
          "attn_types",
          config.attending().stream()
              .map(layer -> layer.reach().equals(Reach.ALL) ? "global" : "local")
              .toList());
    }
    config.attending(0).cap().ifPresent(cap -> fields.put("attn_scores_soft_cap", cap));
    config.logitCap().ifPresent(cap -> fields.put("output_logits_soft_cap", cap));
  }

  private static boolean isDividedByDepth(ModelConfig config) {
    int layers = config.sizes().layers();
    return layers > 1 && config.attending().equals(config.attending(0).dividedByDepth(layers));
  }

  private static @Nullable Double epsilon(Norm norm) {
    return norm instanceof Norm.Layer layer
        ? Double.valueOf(layer.epsilon())
        : norm instanceof Norm.Rms rms ? Double.valueOf(rms.epsilon()) : null;
  }

  private static void putRotary(Map<String, @Nullable Object> fields, Rotary rotary) {
    fields.put("rotary_dim", rotary.dimensions());
    fields.put("rotary_base", rotary.base());
    fields.put("rotary_adjacent_pairs", rotary.pairs() == RotaryPairs.ADJACENT);
    if (rotary.scaling() instanceof RotaryScaling.Linear linear) {
      fields.put("rotary_scaling_factor", linear.factor());
    } else if (rotary.scaling() instanceof RotaryScaling.ByParts parts) {
      fields.put("use_NTK_by_parts_rope", true);
      fields.put("NTK_by_parts_factor", parts.factor());
      fields.put("NTK_by_parts_low_freq_factor", parts.lowFactor());
      fields.put("NTK_by_parts_high_freq_factor", parts.highFactor());
      fields.put("NTK_original_ctx_len", parts.originalContext());
    } else if (rotary.scaling() instanceof RotaryScaling.ByPair byPair) {
      fields.put("rotary_frequency_divisors", byPair.divisors());
    }
  }
}
