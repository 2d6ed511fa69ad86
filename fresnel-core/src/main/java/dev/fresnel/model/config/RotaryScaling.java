package dev.fresnel.model.config;

import dev.fresnel.error.FresnelException;
import java.util.List;

/** How rotary frequencies are lowered for longer texts. */
public sealed interface RotaryScaling
    permits RotaryScaling.None, RotaryScaling.Linear, RotaryScaling.ByParts, RotaryScaling.ByPair {
  record None() implements RotaryScaling {}

  /** All frequencies divided by a factor. */
  record Linear(double factor) implements RotaryScaling {}

  /**
   * Llama 3.1's scaling: low frequencies divided by a factor, high ones kept, with a smooth
   * transition between.
   */
  record ByParts(double factor, double lowFactor, double highFactor, int originalContext)
      implements RotaryScaling {}

  /**
   * Each pair's frequency divided by its own number, as in a GGUF file's {@code rope_freqs.weight}.
   *
   * @param divisors one per pair, highest frequency first
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
