package dev.fresnel.analysis.patch;

import java.util.Locale;

/** Which run a patching sweep changes, and from which it takes what it puts there. */
public enum Direction {
  /** The corrupted run receives clean activations: what suffices to restore the answer. */
  CLEAN_INTO_CORRUPTED,
  /** The clean run receives corrupted activations: what the answer needs. */
  CORRUPTED_INTO_CLEAN;

  /** {@code clean-into-corrupted}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
