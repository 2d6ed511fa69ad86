package dev.fresnel.load;

import dev.fresnel.model.config.Attending;
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
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A configuration as the fields of a HookedTransformerConfig. A field that a model does not use is
 * left out, since TransformerLens takes some of them for more than they say: with {@code
 * n_key_value_heads} it names keys and values otherwise, even where each head has its own.
 */
final class TransformerLensFields {
  private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();
  private final ModelConfig config;

  private TransformerLensFields(ModelConfig config) {
    this.config = config;
  }

  static Map<String, @Nullable Object> of(ModelConfig config) {
    var written = new TransformerLensFields(config);
    written.sizes();
    written.mlp();
    written.norms();
    written.positions();
    written.attention();
    written.fields.put("default_prepend_bos", config.prependBos());
    return written.fields;
  }

  private void sizes() {
    var sizes = config.sizes();
    fields.put("model_name", config.name());
    fields.put("n_layers", sizes.layers());
    fields.put("d_model", sizes.dModel());
    fields.put("n_heads", sizes.heads());
    if (sizes.keyValueHeads() != sizes.heads()) {
      fields.put("n_key_value_heads", sizes.keyValueHeads());
    }
    fields.put("d_head", sizes.dHead());
    fields.put("n_ctx", sizes.context());
    fields.put("d_vocab", sizes.vocabulary());
    if (sizes.vocabularyOut() != sizes.vocabulary()) {
      fields.put("d_vocab_out", sizes.vocabularyOut());
    }
  }

  private void mlp() {
    fields.put("attn_only", config.attentionOnly());
    if (!config.attentionOnly()) {
      fields.put("d_mlp", config.mlp().width());
      fields.put("act_fn", config.mlp().function().map(Activation::label).orElseThrow());
      fields.put("gated_mlp", config.mlp() instanceof Mlp.Gated);
      fields.put("parallel_attn_mlp", config.order() == BlockOrder.PARALLEL);
    }
  }

  private void norms() {
    fields.put("normalization_type", config.norm().label().orElse(null));
    for (Norm norm : List.of(config.norm(), config.embeddingNorm())) {
      if (norm instanceof Norm.Layer layer) {
        fields.put("eps", layer.epsilon());
      } else if (norm instanceof Norm.Rms rms) {
        fields.put("eps", rms.epsilon());
      }
    }
    if (!(config.embeddingNorm() instanceof Norm.None)) {
      fields.put("post_embedding_ln", true);
    }
    if (!(config.normBehind() instanceof Norm.None)) {
      fields.put("use_normalization_before_and_after", true);
    }
  }

  private void positions() {
    fields.put("positional_embedding_type", config.positional().label());
    if (!(config.positional() instanceof Rotary rotary)) {
      return;
    }
    fields.put("rotary_dim", rotary.dimensions());
    fields.put("rotary_base", rotary.base());
    fields.put("rotary_adjacent_pairs", rotary.pairs() == RotaryPairs.ADJACENT);
    if (rotary.scaling() instanceof RotaryScaling.ByParts parts) {
      fields.put("use_NTK_by_parts_rope", true);
      fields.put("NTK_by_parts_factor", parts.factor());
      fields.put("NTK_by_parts_low_freq_factor", parts.lowFactor());
      fields.put("NTK_by_parts_high_freq_factor", parts.highFactor());
      fields.put("NTK_original_ctx_len", parts.originalContext());
    }
  }

  private void attention() {
    Attending first = config.attending(0);
    fields.put("attn_scale", first.divisor());
    if (config.sizes().layers() > 1 && config.attending(1).divisor() != first.divisor()) {
      fields.put("scale_attn_by_inverse_layer_idx", true);
    }
    first.cap().ifPresent(cap -> fields.put("attn_scores_soft_cap", cap));
    config.logitCap().ifPresent(cap -> fields.put("output_logits_soft_cap", cap));
    var windows = config.attending().stream().map(Attending::reach).toList();
    if (windows.stream().anyMatch(window -> !window.equals(Reach.ALL))) {
      fields.put("use_local_attn", true);
      fields.put("window_size", windows.stream().mapToInt(Reach::window).min().getAsInt());
      fields.put(
          "attn_types",
          windows.stream().map(window -> window.equals(Reach.ALL) ? "global" : "local").toList());
    }
  }
}
