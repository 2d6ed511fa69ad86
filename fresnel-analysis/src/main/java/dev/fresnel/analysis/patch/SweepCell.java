package dev.fresnel.analysis.patch;

import java.util.Locale;

/**
 * One cell of a sweep.
 *
 * @param index its place among the sweep's values; {@link Sweep#indices} has its place on each axis
 * @param label {@code L5H1}, {@code L5 position 14}, {@code L0H1 -> logits}
 * @param value the metric
 * @param effect how far the cell moved the run that was changed, as {@link Sweep#effects} has it
 * @param low the lower end of the effect's bootstrap interval over several texts, {@link
 *     Statistics#LEVEL} wide; NaN for one text
 * @param high its upper end; NaN for one text
 */
public record SweepCell(
    int index, String label, double value, double effect, double low, double high) {
  /** {@code L5H1 0.385}: the label and the effect. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s %.3f", label, effect);
  }
}
