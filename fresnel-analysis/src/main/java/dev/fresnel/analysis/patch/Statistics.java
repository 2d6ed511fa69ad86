package dev.fresnel.analysis.patch;

import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The mean of a number over texts, and how sure it is. */
public final class Statistics {
  /** The share of resampled means that lie in a bootstrap interval. */
  public static final double LEVEL = 0.95;

  /** Resampled means per cell: the ends of the interval then vary by about 2 % of its width. */
  private static final int RESAMPLES = 1000;

  /** Seeds the resampling, so that a sweep gives the same interval each time. */
  private static final long SEED = 20_240_607;

  private Statistics() {}

  /** The mean of each column. */
  static double[] means(double[][] byText) {
    var means = new double[byText[0].length];
    for (double[] text : byText) {
      for (int cell = 0; cell < means.length; cell++) {
        means[cell] += text[cell] / byText.length;
      }
    }
    return means;
  }

  /** The standard error and the bootstrap interval of each column's mean; null for one text. */
  static Sweep.@Nullable Spread spread(double[][] byText) {
    int texts = byText.length;
    if (texts == 1) {
      return null;
    }
    double[] means = means(byText);
    int cells = means.length;
    var error = new double[cells];
    for (int cell = 0; cell < cells; cell++) {
      double squares = 0;
      for (double[] text : byText) {
        squares += (text[cell] - means[cell]) * (text[cell] - means[cell]);
      }
      error[cell] = Math.sqrt(squares / (texts - 1) / texts);
    }
    int[][] draws = draws(texts);
    var low = new double[cells];
    var high = new double[cells];
    var resampled = new double[RESAMPLES];
    for (int cell = 0; cell < cells; cell++) {
      if (Double.isNaN(means[cell])) {
        low[cell] = Double.NaN;
        high[cell] = Double.NaN;
        continue;
      }
      for (int i = 0; i < RESAMPLES; i++) {
        double sum = 0;
        for (int text : draws[i]) {
          sum += byText[text][cell];
        }
        resampled[i] = sum / texts;
      }
      Arrays.sort(resampled);
      low[cell] = resampled[(int) Math.floor((1 - LEVEL) / 2 * (RESAMPLES - 1))];
      high[cell] = resampled[(int) Math.ceil((1 + LEVEL) / 2 * (RESAMPLES - 1))];
    }
    return new Sweep.Spread(error, low, high);
  }

  /** The texts of each resample, drawn with replacement; the same for all cells. */
  private static int[][] draws(int texts) {
    var random = new Random(SEED);
    var draws = new int[RESAMPLES][texts];
    for (int[] draw : draws) {
      Arrays.setAll(draw, i -> random.nextInt(texts));
    }
    return draws;
  }
}
