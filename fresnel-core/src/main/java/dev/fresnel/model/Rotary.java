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
  private final Tensor cos;
  private final Tensor sin;

  /**
   * @param positions [batch][pos], or one row for every text
   */
  Rotary(Positional.Rotary config, int[][] positions) {
    this.config = config;
    int length = positions[0].length;
    int width = config.dimensions();
    double[] frequencies = frequencies(config);
    float[] cosines = new float[positions.length * length * width];
    float[] sines = new float[cosines.length];
    int i = 0;
    for (int[] row : positions) {
      for (int position : row) {
        for (int d = 0; d < width; d++, i++) {
          double angle = position * frequencies[pair(d, width)];
          cosines[i] = (float) Math.cos(angle);
          sines[i] = (float) Math.sin(angle);
        }
      }
    }
    var shape = Shape.of(POS, length).and(D_HEAD, width);
    if (positions.length > 1) {
      shape = Shape.of(BATCH, positions.length).and(POS, length).and(D_HEAD, width);
    }
    cos = Tensor.of(shape, cosines);
    sin = Tensor.of(shape, sines);
  }

  private int pair(int dimension, int width) {
    return config.pairs() == RotaryPairs.HALVES ? dimension % (width / 2) : dimension / 2;
  }

  /** [.., d_head] to the same, its first dimensions turned. */
  Tensor turn(Tensor x) {
    long width = config.dimensions();
    long all = x.size(D_HEAD);
    Tensor turning = width == all ? x : x.slice(D_HEAD, 0, width);
    Tensor turned =
        turning.times(cos.to(x.dtype())).plus(quarterTurn(turning).times(sin.to(x.dtype())));
    return width == all
        ? turned
        : Tensor.concatenate(D_HEAD, List.of(turned, x.slice(D_HEAD, width, all)));
  }

  /** (a, b) to (-b, a), for every pair. */
  private Tensor quarterTurn(Tensor x) {
    long half = config.dimensions() / 2;
    if (config.pairs() == RotaryPairs.HALVES) {
      return Tensor.concatenate(
          D_HEAD, List.of(x.slice(D_HEAD, half, 2 * half).times(-1), x.slice(D_HEAD, 0, half)));
    }
    Tensor pairs = x.split(D_HEAD, Shape.of(PAIR, half).and(SIDE, 2));
    Tensor swapped =
        Tensor.stack(SIDE, List.of(pairs.select(SIDE, 1).times(-1), pairs.select(SIDE, 0)));
    return swapped.merge(PAIR, SIDE, D_HEAD).order(x.dims());
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
