package dev.fresnel.load;

import dev.fresnel.load.internal.family.Settings;
import dev.fresnel.load.internal.family.TransformerLensConfig;
import dev.fresnel.load.internal.family.TransformerLensFormat;
import dev.fresnel.load.internal.weights.WeightRule;
import dev.fresnel.model.WeightKind.Presence;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * TransformerLens's own format, for those who make models: what a configuration says, and the
 * weights it needs.
 */
public final class TransformerLensFiles {
  /** Which weights are listed. */
  public enum Biases {
    INCLUDED,
    LEFT_OUT
  }

  private TransformerLensFiles() {}

  /**
   * The model that a HookedTransformerConfig describes.
   *
   * @param file what to call it in errors
   * @throws dev.fresnel.error.FresnelException if a key is missing, or cannot be honoured
   */
  public static ModelConfig config(String file, Map<String, Object> values) {
    return TransformerLensConfig.read(Settings.of(file, values), OptionalInt.empty());
  }

  /** The shape of each weight of a model, by TransformerLens's name, as a state dict has them. */
  public static Map<String, Shape> shapes(ModelConfig config, Biases biases) {
    var shapes = new LinkedHashMap<String, Shape>();
    for (WeightRule rule : TransformerLensFormat.layout(config, name -> false).rules()) {
      if (rule.presence() == Presence.REQUIRED || biases == Biases.INCLUDED) {
        shapes.put(rule.target().name(), rule.stored());
      }
    }
    return shapes;
  }
}
