package dev.fresnel.model.config;

import dev.fresnel.error.FresnelException;
import java.util.List;

/** How rotary wavelengths are stretched for longer texts. */
public sealed interface RotaryScaling
    permits RotaryScaling.None, RotaryScaling.Linear, RotaryScaling.ByParts, RotaryScaling.ByPair {
  record None() implements RotaryScaling {}

  /** Positions divided by a factor. */
  record Linear(double factor) implements RotaryScaling {}

  /** Llama 3.1's: long wavelengths divided by a factor, short ones kept, smooth between. */
  record ByParts(double factor, double lowFactor, double highFactor, int originalContext)
      implements RotaryScaling {}

  /**
   * The frequency of each pair divided by a number of its own, as a GGUF file's {@code
   * rope_freqs.weight} has them.
   *
   * @param divisors one a pair, the highest frequency first
   */
  record ByPair(List<Double> divisors) implements RotaryScaling {
    public ByPair {
      divisors = List.copyOf(divisors);
      if (divisors.stream().anyMatch(divisor -> !(divisor > 0))) {
        throw new FresnelException(
            "rotary frequencies must be divided by numbers above 0: " + divisors);
      }
    }
  }
}
