package dev.fresnel.load.internal.family;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.WeightSource;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.RotaryPairs;
import dev.fresnel.model.config.RotaryScaling;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;

/**
 * The tables that TransformerLens saves beside the weights and reads in their place: causal masks,
 * sines of rotary positions. Here they are made from the configuration, so a stored one that says
 * something else is refused.
 */
final class StoredTables {
  /** Of sines, which files may hold in half precision. */
  private static final double TOLERANCE = 0.02;

  private StoredTables() {}

  static void check(ModelConfig config, WeightSource source) {
    for (int layer = 0; layer < config.sizes().layers(); layer++) {
      String attention = "blocks." + layer + ".attn.";
      String mask = attention + "mask";
      String sines = attention + "rotary_sin";
      if (hasRows(source, mask) && !isCausal(row(source, mask, 0))) {
        throw differs(source, mask, "lets the first position see later ones");
      }
      if (hasRows(source, sines)
          && config.positional() instanceof Positional.Rotary rotary
          && rotary.scaling() instanceof RotaryScaling.None
          && !isTurned(row(source, sines, 1), rotary)) {
        throw differs(source, sines, "turns position 1 by other angles than the configuration");
      }
    }
  }

  private static boolean hasRows(WeightSource source, String name) {
    if (!source.names().contains(name)) {
      return false;
    }
    var sizes = source.stored(name).shape().sizes();
    return sizes.size() == 2 && sizes.get(0) > 1;
  }

  private static float[] row(WeightSource source, String name, int index) {
    try (var scope = Scope.open()) {
      Tensor table = source.read(name);
      Dim rows = table.shape().dims().get(0);
      return table.slice(rows, index, index + 1L).to(DType.FLOAT32).floats();
    }
  }

  private static boolean isCausal(float[] first) {
    for (int position = 1; position < first.length; position++) {
      if (first[position] != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isTurned(float[] sines, Positional.Rotary rotary) {
    int half = rotary.dimensions() / 2;
    if (sines.length != rotary.dimensions()) {
      return false;
    }
    for (int i = 0; i < sines.length; i++) {
      int pair = rotary.pairs() == RotaryPairs.ADJACENT ? i / 2 : i % half;
      double angle = Math.pow(rotary.base(), -2.0 * pair / rotary.dimensions());
      if (!(Math.abs(sines[i] - Math.sin(angle)) <= TOLERANCE)) {
        return false;
      }
    }
    return true;
  }

  private static FresnelException differs(WeightSource source, String name, String how) {
    return new FresnelException(
        source.description()
            + ": "
            + name
            + " "
            + how
            + ". Correct the configuration, or remove the stored table");
  }
}
