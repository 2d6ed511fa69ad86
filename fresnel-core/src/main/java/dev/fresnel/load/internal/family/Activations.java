package dev.fresnel.load.internal.family;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Activation;
import java.util.Map;
import java.util.TreeMap;

/** The names that files have for {@link Activation}s. */
final class Activations {
  private static final Map<String, Activation> TRANSFORMERS =
      new TreeMap<>(
          Map.of(
              "relu", Activation.RELU,
              "gelu", Activation.GELU,
              "gelu_python", Activation.GELU,
              "gelu_new", Activation.GELU_TANH,
              "gelu_fast", Activation.GELU_TANH,
              "gelu_pytorch_tanh", Activation.GELU_TANH,
              "gelu_accurate", Activation.GELU_TANH,
              "silu", Activation.SILU,
              "swish", Activation.SILU));

  private static final Map<String, Activation> TRANSFORMER_LENS =
      new TreeMap<>(
          Map.of(
              "relu", Activation.RELU,
              "gelu", Activation.GELU,
              "gelu_new", Activation.GELU_TANH,
              "gelu_fast", Activation.GELU_TANH,
              "gelu_pytorch_tanh", Activation.GELU_TANH,
              "silu", Activation.SILU,
              "solu", Activation.SOLU));

  private Activations() {}

  /** By transformers' name. */
  static Activation transformers(Settings settings, String key, String absent) {
    return find(TRANSFORMERS, settings, key, settings.text(key, absent));
  }

  /** By TransformerLens's name, which has to be there. */
  static Activation transformerLens(Settings settings, String key) {
    if (!settings.has(key)) {
      throw new FresnelException(
          settings.file() + " has no " + key + ", which a model with an MLP needs");
    }
    return find(TRANSFORMER_LENS, settings, key, settings.text(key, ""));
  }

  private static Activation find(
      Map<String, Activation> known, Settings settings, String key, String name) {
    Activation activation = known.get(name);
    if (activation == null) {
      throw settings.refused(key, "known activations: " + String.join(", ", known.keySet()));
    }
    return activation;
  }
}
