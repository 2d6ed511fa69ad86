package dev.fresnel.analysis.patch;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a sweep found for each text, so that a stopped one can be continued.
 *
 * @param data a fingerprint of the texts that an ablation takes its values from; empty for none
 * @param computed how many cells of each text the sweep computes; the others are NaN for good
 * @param texts in the order in which they are run
 */
public record SweepState(String data, int computed, List<Text> texts) {
  public SweepState {
    texts = List.copyOf(texts);
  }

  /**
   * One text, or one pair of texts, and its cells.
   *
   * @param clean the ids of the text, or of the clean one
   * @param corrupted the ids of the corrupted text; those of the clean one where there is none
   * @param answer the id of the answer, or {@link PromptPair#NONE}
   * @param wrong the id of the wrong token, or {@link PromptPair#NONE}
   * @param cleanMetric the metric of the unchanged clean run; NaN if it was not run
   * @param corruptedMetric the same of the corrupted run; NaN if it was not run
   * @param values the metric of each cell, the last axis fastest; NaN where it was not computed
   */
  public record Text(
      List<Integer> clean,
      List<Integer> corrupted,
      int answer,
      int wrong,
      double cleanMetric,
      double corruptedMetric,
      double[] values) {
    public Text {
      clean = List.copyOf(clean);
      corrupted = List.copyOf(corrupted);
      values = values.clone();
    }

    /** A copy. */
    @Override
    public double[] values() {
      return values.clone();
    }

    /** How many cells were computed. */
    public int done() {
      return (int) Arrays.stream(values).filter(value -> !Double.isNaN(value)).count();
    }

    boolean sameInput(Text other) {
      return clean.equals(other.clean)
          && corrupted.equals(other.corrupted)
          && answer == other.answer
          && wrong == other.wrong;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Text that
          && sameInput(that)
          && Double.compare(cleanMetric, that.cleanMetric) == 0
          && Double.compare(corruptedMetric, that.corruptedMetric) == 0
          && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
      return clean.hashCode() * 31 + corrupted.hashCode();
    }

    @Override
    public String toString() {
      return "Text[%d tokens, %d of %d cells, answer %d, wrong token %d]"
          .formatted(clean.size(), done(), values.length, answer, wrong);
    }
  }

  /** How many cells of all texts were computed. */
  public long done() {
    return texts.stream().mapToLong(Text::done).sum();
  }

  /** How many cells of all texts the sweep computes. */
  public long cells() {
    return (long) computed * texts.size();
  }
}
