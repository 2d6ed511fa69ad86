package dev.fresnel.model.config;

import dev.fresnel.error.FresnelException;

/** How positions enter. */
public sealed interface Positional
    permits Positional.None, Positional.Learned, Positional.Shortformer, Positional.Rotary {
  record None() implements Positional {}

  /** A vector a position, added to the embedding. */
  record Learned() implements Positional {}

  /**
   * A vector a position, added to what queries and keys read, in every layer; never in the residual
   * stream.
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

  /** TransformerLens's name. */
  default String label() {
    if (this instanceof Learned) {
      return "standard";
    }
    if (this instanceof Shortformer) {
      return "shortformer";
    }
    return this instanceof Rotary ? "rotary" : "none";
  }
}
