package dev.fresnel.analysis;

import java.util.List;

/**
 * How strongly each head of a model follows one rule on one text: the mean attention over the cells
 * (query, key) where the rule holds.
 *
 * @param detector the rule's name, such as {@code induction}
 * @param values by head, in 0..1; NaN everywhere where the rule holds for no cell of the text
 * @param cells for how many cells the rule holds
 */
public record HeadScores(String detector, HeadValues values, long cells) {
  /** False where the rule holds for no cell of the text, and there is nothing to average. */
  public boolean defined() {
    return cells > 0;
  }

  /** The detector, and its five strongest heads. */
  @Override
  public String toString() {
    return defined()
        ? "HeadScores[%s over %d cells: %s]".formatted(detector, cells, values.shown())
        : "HeadScores[%s: the text has no cell for it]".formatted(detector);
  }

  /** The heads whose score is greater than the threshold, strongest first. */
  public List<ScoredHead> above(double threshold) {
    return values.above(threshold);
  }
}
