package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.RotaryPairs;
import dev.fresnel.model.config.RotaryScaling;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import dev.fresnel.tensor.internal.Rotation;
import java.util.List;

/**
 * The rotary embedding for the positions of one run. It rotates each pair of a head's dimensions by
 * the position times the pair's frequency.
 *
 * <p>Source: Su et al. 2021, "RoFormer: Enhanced Transformer with Rotary Position Embedding".
 */
final class Rotary {
  private final Positional.Rotary config;
  private final Rotation rotation;

  /**
   * @param positions [batch][pos], or one row for all texts
   */
  Rotary(Positional.Rotary config, int[][] positions) {
    this.config = config;
    int width = config.dimensions();
    int length = positions[0].length;
    double[] frequencies = frequencies(config);
    float[] cosines = new float[positions.length * length * width];
    float[] sines = new float[cosines.length];
    int start = 0;
    for (int[] row : positions) {
      for (int position : row) {
        for (int pair = 0; pair < width / 2; pair++) {
          double angle = position * frequencies[pair];
          boolean halves = config.pairs() == RotaryPairs.HALVES;
          int first = start + (halves ? pair : 2 * pair);
          int second = first + (halves ? width / 2 : 1);
          cosines[first] = cosines[second] = (float) Math.cos(angle);
          sines[second] = (float) Math.sin(angle);
          sines[first] = -sines[second];
        }
        start += width;
      }
    }
    var shape = Shape.of(POS, length).and(D_HEAD, width);
    if (positions.length > 1) {
      shape = Shape.of(BATCH, positions.length).and(POS, length).and(D_HEAD, width);
    }
    rotation =
        new Rotation(
            D_HEAD,
            config.pairs() == RotaryPairs.HALVES,
            Tensor.of(shape, cosines),
            Tensor.of(shape, sines));
  }

  /** Rotates the first dimensions of [.., d_head]; the others stay as they are. */
  Tensor turn(Tensor x) {
    long width = config.dimensions();
    long all = x.size(D_HEAD);
    if (width == all) {
      return Fused.rotate(x, rotation);
    }
    Tensor turned = Fused.rotate(x.slice(D_HEAD, 0, width), rotation);
    return Tensor.concatenate(D_HEAD, List.of(turned, x.slice(D_HEAD, width, all)));
  }

  /** Radians per position, one for each pair. */
  private static double[] frequencies(Positional.Rotary config) {
    double[] frequencies = new double[config.dimensions() / 2];
    for (int i = 0; i < frequencies.length; i++) {
      double frequency = Math.pow(config.base(), -2.0 * i / config.dimensions());
      frequencies[i] = scaled(frequency, i, config.scaling());
    }
    return frequencies;
  }

  private static double scaled(double frequency, int pair, RotaryScaling scaling) {
    if (scaling instanceof RotaryScaling.Linear linear) {
      return frequency / linear.factor();
    }
    if (scaling instanceof RotaryScaling.ByPair byPair) {
      return frequency / byPair.divisors().get(pair);
    }
    if (scaling instanceof RotaryScaling.ByParts parts) {
      double turns = parts.originalContext() * frequency / (2 * Math.PI);
      double kept = (turns - parts.lowFactor()) / (parts.highFactor() - parts.lowFactor());
      kept = Math.min(1, Math.max(0, kept));
      return kept * frequency + (1 - kept) * frequency / parts.factor();
    }
    return frequency;
  }
}
