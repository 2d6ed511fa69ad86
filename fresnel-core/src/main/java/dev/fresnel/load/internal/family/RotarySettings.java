package dev.fresnel.load.internal.family;

import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.RotaryPairs;
import dev.fresnel.model.config.RotaryScaling;

/**
 * How config.json describes rotary positions: {@code rope_theta} and {@code rope_scaling} as
 * transformers 4 writes them, {@code rope_parameters} as transformers 5 does.
 */
final class RotarySettings {
  private static final double DEFAULT_BASE = 10000;

  private RotarySettings() {}

  static Positional.Rotary read(Settings settings, int dHead) {
    boolean newer = settings.has("rope_parameters");
    Settings scaling = settings.inner(newer ? "rope_parameters" : "rope_scaling");
    double base = settings.positive("rope_theta", DEFAULT_BASE);
    if (newer) {
      refuseLayerTypes(settings, scaling);
      base = scaling.positive("rope_theta", base);
    }
    settings.refuseUnless("partial_rotary_factor", 1, "a rotation of a part of each head");
    scaling.refuseUnless("partial_rotary_factor", 1, "a rotation of a part of each head");
    return new Positional.Rotary(dHead, base, RotaryPairs.HALVES, scaling(scaling));
  }

  /**
   * Where only the first dimensions of each head turn.
   *
   * @param baseKey the setting of the base
   * @param shareKey the setting of the share of a head's dimensions that turn, from 0 to 1
   */
  static Positional.Rotary ofPart(
      Settings settings, int dHead, String baseKey, String shareKey, double usualShare) {
    boolean newer = settings.has("rope_parameters");
    Settings scaling = settings.inner(newer ? "rope_parameters" : "rope_scaling");
    double base = settings.positive(baseKey, DEFAULT_BASE);
    double share = settings.positive(shareKey, usualShare);
    if (newer) {
      refuseLayerTypes(settings, scaling);
      base = scaling.positive("rope_theta", base);
      share = scaling.positive("partial_rotary_factor", share);
    }
    int turning = (int) (share * dHead);
    if (share > 1 || turning < 2 || turning % 2 != 0) {
      Settings said = newer && scaling.has("partial_rotary_factor") ? scaling : settings;
      throw said.refused(
          said == scaling ? "partial_rotary_factor" : shareKey,
          "of " + dHead + " dimensions an even number has to turn");
    }
    return new Positional.Rotary(turning, base, RotaryPairs.HALVES, scaling(scaling));
  }

  private static void refuseLayerTypes(Settings settings, Settings parameters) {
    for (String key : parameters.keys()) {
      if (parameters.raw(key) instanceof java.util.Map<?, ?>) {
        throw settings.refused("rope_parameters", "rotary settings that differ by layer type");
      }
    }
  }

  private static RotaryScaling scaling(Settings scaling) {
    String key = scaling.has("rope_type") || !scaling.has("type") ? "rope_type" : "type";
    String type = scaling.text(key, "default");
    return switch (type) {
      case "default" -> new RotaryScaling.None();
      case "linear" -> new RotaryScaling.Linear(scaling.positive("factor"));
      case "llama3" ->
          byParts(
              scaling,
              "factor",
              "low_freq_factor",
              "high_freq_factor",
              "original_max_position_embeddings");
      default -> throw scaling.refused(key, "known: default, linear, llama3");
    };
  }

  /** Llama 3.1's scaling, under the keys that a format has for it; each has to be there. */
  static RotaryScaling byParts(
      Settings settings, String factor, String low, String high, String originalContext) {
    if (settings.positive(low) >= settings.positive(high)) {
      throw settings.refused(high, "it must exceed " + low);
    }
    return new RotaryScaling.ByParts(
        settings.positive(factor),
        settings.positive(low),
        settings.positive(high),
        settings.size(originalContext));
  }
}
