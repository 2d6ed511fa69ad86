package dev.fresnel.model.config;

import dev.fresnel.error.FresnelException;
import java.util.List;
import java.util.stream.IntStream;

/** How a model uses positions. */
public sealed interface Positional
    permits Positional.None,
        Positional.Learned,
        Positional.Shortformer,
        Positional.Rotary,
        Positional.Alibi {
  record None() implements Positional {}

  /** A learned vector for each position, added to the embedding. */
  record Learned() implements Positional {}

  /**
   * A learned vector for each position, added to the input of queries and keys in every layer,
   * never to the residual stream.
   */
  record Shortformer() implements Positional {}

  /**
   * Queries and keys rotated by angles proportional to the position.
   *
   * @param dimensions how many of a head's dimensions are rotated, from the first
   * @param base the base of the frequencies: {@code base^(-2 i / dimensions)} for pair i
   * @param pairs which dimensions form pairs
   * @param scaling how frequencies are lowered for longer texts
   */
  record Rotary(int dimensions, double base, RotaryPairs pairs, RotaryScaling scaling)
      implements Positional {
    public Rotary {
      if (dimensions < 2 || dimensions % 2 != 0) {
        throw new FresnelException(
            "rotary dimensions must be even and positive, got " + dimensions);
      }
      if (!(base > 0)) {
        throw new FresnelException("the rotary base must be positive, is " + base);
      }
      if (scaling instanceof RotaryScaling.ByPair byPair
          && byPair.divisors().size() != dimensions / 2) {
        throw new FresnelException(
            "rotary dimensions ("
                + dimensions
                + ") need half as many divisors of frequencies, got "
                + byPair.divisors().size());
      }
    }
  }

  /**
   * A bias that lowers scores in proportion to the distance, with a slope for each head.
   *
   * @param slopes one per head; {@code slope * (key - query)} is added to a score
   */
  record Alibi(List<Double> slopes) implements Positional {
    public Alibi {
      slopes = List.copyOf(slopes);
    }

    /**
     * The slopes as published: 2 to the power of -8 (i + 1) / n for n heads, where n is a power of
     * two; further heads take every other slope of twice as many heads.
     *
     * <p>Source: Press et al. 2021, "Train Short, Test Long: Attention with Linear Biases Enables
     * Input Length Extrapolation".
     */
    public static Alibi standard(int heads) {
      int power = Integer.highestOneBit(heads);
      return new Alibi(
          IntStream.range(0, heads)
              .mapToDouble(
                  i -> i < power ? (i + 1.0) / power : (2.0 * (i - power) + 1) / (2 * power))
              .mapToObj(exponent -> Math.pow(2, -8 * exponent))
              .toList());
    }
  }

  /** TransformerLens's name for it. */
  default String label() {
    if (this instanceof Learned) {
      return "standard";
    }
    if (this instanceof Shortformer) {
      return "shortformer";
    }
    if (this instanceof Alibi) {
      return "alibi";
    }
    return this instanceof Rotary ? "rotary" : "none";
  }
}
