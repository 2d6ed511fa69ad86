package dev.fresnel.analysis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How strongly each head of a model follows one rule on one text: the mean attention over the cells
 * (query, key) where the rule holds.
 *
 * @param detector the rule's name, such as {@code induction}
 * @param values [layer][head], in 0..1; NaN everywhere where the rule holds for no cell of the text
 * @param cells for how many cells the rule holds
 */
public record HeadScores(String detector, double[][] values, long cells) {
  public int layers() {
    return values.length;
  }

  /** False where the rule holds for no cell of the text, and there is nothing to average. */
  public boolean defined() {
    return cells > 0;
  }

  public double score(HeadId head) {
    return values[head.layer()][head.head()];
  }

  /** The heads whose score is greater than the threshold, strongest first. */
  public List<ScoredHead> above(double threshold) {
    var heads = new ArrayList<ScoredHead>();
    for (int layer = 0; layer < values.length; layer++) {
      for (int head = 0; head < values[layer].length; head++) {
        if (values[layer][head] > threshold) {
          heads.add(new ScoredHead(new HeadId(layer, head), values[layer][head]));
        }
      }
    }
    heads.sort(
        Comparator.comparingDouble(ScoredHead::score).reversed().thenComparing(ScoredHead::head));
    return List.copyOf(heads);
  }
}
