package dev.fresnel.analysis;

import java.util.Arrays;

/**
 * How well the previous token alone predicts the next one: a baseline for language models.
 * Probabilities are counts in a text, with {@code smoothing} added to each.
 */
final class Bigrams {
  private final int vocabulary;

  /** Each pair of neighbouring tokens as previous * vocabulary + next, sorted. */
  private final long[] pairs;

  private final long[] previous;

  /**
   * @param text the ids to count
   */
  Bigrams(int[] text, int vocabulary) {
    this.vocabulary = vocabulary;
    pairs = new long[Math.max(0, text.length - 1)];
    previous = new long[vocabulary];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = (long) text[i] * vocabulary + text[i + 1];
      previous[text[i]]++;
    }
    Arrays.sort(pairs);
  }

  /**
   * The mean loss, in nats, over a text's tokens from the second on.
   *
   * @param smoothing what is added to each count; above 0
   */
  double loss(int[] text, double smoothing) {
    double sum = 0;
    for (int i = 1; i < text.length; i++) {
      long pair = (long) text[i - 1] * vocabulary + text[i];
      double count = firstAtLeast(pair + 1) - firstAtLeast(pair);
      sum -= Math.log((count + smoothing) / (previous[text[i - 1]] + smoothing * vocabulary));
    }
    return sum / (text.length - 1);
  }

  private int firstAtLeast(long pair) {
    int low = 0;
    int high = pairs.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (pairs[middle] < pair) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
