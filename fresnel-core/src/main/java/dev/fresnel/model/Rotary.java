package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.model.ModelConfig.Positional;
import dev.fresnel.model.ModelConfig.RotaryPairs;
import dev.fresnel.model.ModelConfig.RotaryScaling;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.List;

/**
 * The rotary embedding for the positions of one run: turns pairs of a head's dimensions by an angle
 * that is the position times the pair's frequency.
 *
 * <p>Source: Su et al. 2021, "RoFormer: Enhanced Transformer with Rotary Position Embedding".
 */
final class Rotary {
  private static final Dim PAIR = new Dim("pair");
  private static final Dim SIDE = new Dim("side");

  private final Positional.Rotary config;

  /** For each dimension of a head that turns: the cosine of its angle. */
  private final Tensor cos;

  /** The sine, negative on the first side of a pair. */
  private final Tensor sin;

  /**
   * @param positions [batch][pos], or one row for every text
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
    cos = Tensor.of(shape, cosines);
    sin = Tensor.of(shape, sines);
  }

  /** [.., d_head] to the same, its first dimensions turned. */
  Tensor turn(Tensor x) {
    long width = config.dimensions();
    long all = x.size(D_HEAD);
    if (width == all) {
      return turned(x);
    }
    Tensor turned = turned(x.slice(D_HEAD, 0, width));
    return Tensor.concatenate(D_HEAD, List.of(turned, x.slice(D_HEAD, width, all)));
  }

  /** Pairs (a, b) to (a cos - b sin, b cos + a sin). */
  private Tensor turned(Tensor x) {
    Tensor swapped = config.pairs() == RotaryPairs.HALVES ? halves(x) : neighbours(x);
    return swapped.timesPlus(sin.to(x.dtype()), List.of(x.times(cos.to(x.dtype()))));
  }

  private Tensor halves(Tensor x) {
    long half = config.dimensions() / 2;
    return Tensor.concatenate(
        D_HEAD, List.of(x.slice(D_HEAD, half, 2 * half), x.slice(D_HEAD, 0, half)));
  }

  private Tensor neighbours(Tensor x) {
    Tensor pairs = x.split(D_HEAD, Shape.of(D_HEAD, config.dimensions() / 2).and(SIDE, 2));
    return Tensor.stack(SIDE, List.of(pairs.select(SIDE, 1), pairs.select(SIDE, 0)))
        .rename(D_HEAD, PAIR)
        .merge(PAIR, SIDE, D_HEAD)
        .order(x.dims());
  }

  /** Radians a position, one for each pair. */
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
