package dev.fresnel.cli;

import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.BlockOrder;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional.Rotary;
import dev.fresnel.model.config.RotaryPairs;
import dev.fresnel.model.config.RotaryScaling;
import dev.fresnel.tensor.Activation;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A model's configuration as names and values, by TransformerLens's names where it has one. */
final class ConfigFields {
  private ConfigFields() {}

  static Map<String, @Nullable Object> of(Transformer model) {
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
    fields.put("default_prepend_bos", config.prependBos());
    fields.put("dtype", model.weight("embed.W_E").dtype().label());
    return fields;
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
