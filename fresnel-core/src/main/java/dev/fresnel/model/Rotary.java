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
    int pairs = config.dimensions() / 2;
    double[] frequencies = frequencies(config);
    float[] cosines = new float[positions.length * length * pairs];
    float[] sines = new float[cosines.length];
    int i = 0;
    for (int[] row : positions) {
      for (int position : row) {
        for (int pair = 0; pair < pairs; pair++, i++) {
          double angle = position * frequencies[pair];
          cosines[i] = (float) Math.cos(angle);
          sines[i] = (float) Math.sin(angle);
        }
      }
    }
    var shape = Shape.of(POS, length).and(D_HEAD, pairs);
    if (positions.length > 1) {
      shape = Shape.of(BATCH, positions.length).and(POS, length).and(D_HEAD, pairs);
    }
    cos = Tensor.of(shape, cosines);
    sin = Tensor.of(shape, sines);
  }

  /** [.., d_head] to the same, its first dimensions turned. */
  Tensor turn(Tensor x) {
    long width = config.dimensions();
    long all = x.size(D_HEAD);
    Tensor turning = width == all ? x : x.slice(D_HEAD, 0, width);
    Tensor turned =
        config.pairs() == RotaryPairs.HALVES ? byHalves(turning) : byNeighbours(turning);
    return width == all
        ? turned
        : Tensor.concatenate(D_HEAD, List.of(turned, x.slice(D_HEAD, width, all)));
  }

  private Tensor byHalves(Tensor x) {
    long half = config.dimensions() / 2;
    List<Tensor> turned = turned(x.slice(D_HEAD, 0, half), x.slice(D_HEAD, half, 2 * half));
    return Tensor.concatenate(D_HEAD, turned);
  }

  private Tensor byNeighbours(Tensor x) {
    Tensor pairs = x.split(D_HEAD, Shape.of(D_HEAD, config.dimensions() / 2).and(SIDE, 2));
    List<Tensor> turned = turned(pairs.select(SIDE, 0), pairs.select(SIDE, 1));
    return Tensor.stack(SIDE, turned)
        .rename(D_HEAD, PAIR)
        .merge(PAIR, SIDE, D_HEAD)
        .order(x.dims());
  }

  /** (a, b) to (a cos - b sin, b cos + a sin). */
  private List<Tensor> turned(Tensor a, Tensor b) {
    Tensor c = cos.to(a.dtype());
    Tensor s = sin.to(a.dtype());
    return List.of(
        b.timesPlus(s.times(-1), List.of(a.times(c))), a.timesPlus(s, List.of(b.times(c))));
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
