package dev.fresnel.analysis.patch;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the numbers of a sweep, text by text. */
final class Tally {
  private final double[][] byText;
  private final double[] clean;
  private final double[] corrupted;
  private final SweepProgress progress;
  private int text;
  private long done;
  private boolean stopped;

  Tally(int texts, int cells, SweepProgress progress) {
    byText = new double[texts][cells];
    for (double[] row : byText) {
      Arrays.fill(row, Double.NaN);
    }
    clean = new double[texts];
    corrupted = new double[texts];
    Arrays.fill(clean, Double.NaN);
    Arrays.fill(corrupted, Double.NaN);
    this.progress = progress;
  }

  /** Begins a text, with the metric of its unchanged runs. */
  void begin(double ofClean, double ofCorrupted) {
    clean[text] = ofClean;
    corrupted[text] = ofCorrupted;
  }

  /** Sets cells that cannot differ from the base run. */
  void same(List<Cell> cells, double base) {
    for (Cell cell : cells) {
      byText[text][cell.index()] = base;
    }
    done += cells.size();
  }

  boolean found(List<Cell> cells, double[] numbers) {
    for (int i = 0; i < numbers.length; i++) {
      byText[text][cells.get(i).index()] = numbers[i];
    }
    done += numbers.length;
    stopped = !progress.at(done, (long) byText.length * byText[0].length);
    return !stopped;
  }

  void next() {
    text++;
  }

  boolean stopped() {
    return stopped;
  }

  double[] means() {
    return Statistics.means(byText);
  }

  double clean() {
    return Arrays.stream(clean).average().orElseThrow();
  }

  double corrupted() {
    return Arrays.stream(corrupted).average().orElseThrow();
  }

  Sweep.@Nullable Spread spread() {
    return Statistics.spread(byText);
  }
}
