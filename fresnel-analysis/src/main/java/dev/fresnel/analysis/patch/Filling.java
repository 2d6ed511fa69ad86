package dev.fresnel.analysis.patch;

import java.util.Locale;

/** What an ablation puts in the place of what it removes. */
public enum Filling {
  /** Zeros. */
  ZERO,
  /** The activation's mean over all texts and positions of a data set. */
  MEAN,
  /**
   * The activation of a text of a data set, drawn at random, at the same positions: of those that
   * are long enough, one for each ablated text and all its cells. The draws are the same each time.
   */
  RESAMPLE;

  /** {@code zero}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
