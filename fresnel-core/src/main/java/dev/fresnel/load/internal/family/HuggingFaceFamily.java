package dev.fresnel.load.internal.family;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.weights.WeightLayout;
import dev.fresnel.load.internal.weights.WeightViews;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.tensor.Shape;
import java.util.List;
import java.util.Map;

/**
 * What the hub's families share: how config.json names one, and what none of them supports here.
 */
final class HuggingFaceFamily {
  private HuggingFaceFamily() {}

  /**
   * Whether config.json is of a family: by model_type, or where that is missing by the class.
   *
   * @param classes how the names of the family's classes in transformers begin
   */
  static boolean is(Settings settings, String modelType, String classes) {
    if (settings.has("model_type")) {
      return settings.text("model_type", "").equals(modelType);
    }
    List<String> names = settings.texts("architectures");
    return !names.isEmpty()
        && (names.get(0).equals(classes + "LMHeadModel")
            || names.get(0).equals(classes + "ForCausalLM")
            || names.get(0).equals(classes + "Model"));
  }

  /** Refuses what changes a forward pass in any family, and is not built. */
  static void refuseWhatNoFamilyHas(Settings settings) {
    if (settings.has("quantization_config")) {
      throw settings.refused(
          "quantization_config", "quantized weights are read from .gguf files only");
    }
    if (settings.raw("pruned_heads") instanceof Map<?, ?> pruned && !pruned.isEmpty()) {
      throw settings.refused("pruned_heads", "heads that were cut out");
    }
    settings.refuseUnless("is_encoder_decoder", false, "an encoder and a decoder");
  }

  static void requireDivisible(
      Settings settings, String key, int size, String partsKey, int parts) {
    if (size % parts != 0) {
      throw new FresnelException(
          settings.file()
              + ": "
              + key
              + " ("
              + size
              + ") must be a multiple of "
              + partsKey
              + " ("
              + parts
              + ")");
    }
  }

  /** A norm's weights, where it has its own: w, and for LayerNorm b. */
  static void norm(WeightLayout layout, ModelConfig config, String target, String source) {
    Shape perChannel = Shape.of(D_MODEL, config.sizes().dModel());
    layout.need(target + ".w", source + ".weight", perChannel);
    if (config.norm() instanceof Norm.Layer) {
      layout.need(target + ".b", source + ".bias", perChannel);
    }
  }

  /**
   * The unembedding: the embedding itself where they are tied, a stored head beside it being spare.
   */
  static WeightLayout head(WeightLayout layout, Shape embedding, boolean tied, String embedName) {
    if (tied) {
      layout.spare("lm_head.weight");
    }
    return layout.need(
        "unembed.W_U",
        tied ? embedName : "lm_head.weight",
        embedding,
        WeightViews.ordered(D_MODEL, D_VOCAB));
  }
}
