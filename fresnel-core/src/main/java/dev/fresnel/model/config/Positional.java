package dev.fresnel.model.config;

import dev.fresnel.error.FresnelException;
import java.util.List;
import java.util.stream.IntStream;

/** How positions enter. */
public sealed interface Positional
    permits Positional.None,
        Positional.Learned,
        Positional.Shortformer,
        Positional.Rotary,
        Positional.Alibi {
  record None() implements Positional {}

  /** A vector for each position, added to the embedding. */
  record Learned() implements Positional {}

  /**
   * A vector for each position, added to what queries and keys read, in every layer; never in the
   * residual stream.
   */
  record Shortformer() implements Positional {}

  /**
   * Queries and keys turned by angles that grow with the position.
   *
   * @param dimensions how many of a head's dimensions turn, from the first
   * @param base of the geometric row of wavelengths
   * @param pairs which dimensions turn together
   * @param scaling how wavelengths are stretched for longer texts
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
   * A bias of the scores that falls with the distance, in each head by a slope of its own.
   *
   * @param slopes one per head; a score is changed by {@code slope * (key - query)}
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

  /** TransformerLens's name. */
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
