package dev.fresnel.analysis.attribution;

import dev.fresnel.error.FresnelException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * How well estimates agree with exact effects. Both correlations are from -1 to 1; NaN if one side
 * is constant.
 *
 * @param count the number of pairs in which both numbers exist
 * @param pearson the correlation of the numbers
 * @param rank the correlation of their ranks (Spearman's); equal numbers share their mean rank
 */
public record Agreement(int count, double pearson, double rank) {
  /**
   * Compares numbers in pairs. Pairs with a NaN are left out.
   *
   * @throws FresnelException if there are not as many of one as of the other
   */
  public static Agreement of(double[] estimates, double[] exact) {
    if (estimates.length != exact.length) {
      throw new FresnelException(
          "%d estimates cannot be compared with %d exact effects; give as many of both"
              .formatted(estimates.length, exact.length));
    }
    int[] pairs =
        IntStream.range(0, exact.length)
            .filter(i -> !Double.isNaN(estimates[i]) && !Double.isNaN(exact[i]))
            .toArray();
    double[] one = Arrays.stream(pairs).mapToDouble(i -> estimates[i]).toArray();
    double[] other = Arrays.stream(pairs).mapToDouble(i -> exact[i]).toArray();
    return new Agreement(
        pairs.length, correlation(one, other), correlation(ranks(one), ranks(other)));
  }

  private static double correlation(double[] one, double[] other) {
    double meanOne = Arrays.stream(one).average().orElse(Double.NaN);
    double meanOther = Arrays.stream(other).average().orElse(Double.NaN);
    double products = 0;
    double squaresOne = 0;
    double squaresOther = 0;
    for (int i = 0; i < one.length; i++) {
      double a = one[i] - meanOne;
      double b = other[i] - meanOther;
      products += a * b;
      squaresOne += a * a;
      squaresOther += b * b;
    }
    double scale = Math.sqrt(squaresOne) * Math.sqrt(squaresOther);
    return scale == 0 ? Double.NaN : products / scale;
  }

  private static double[] ranks(double[] values) {
    var order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> values[i]))
            .toList();
    double[] ranks = new double[values.length];
    for (int from = 0; from < ranks.length; ) {
      int to = from + 1;
      while (to < ranks.length && values[order.get(to)] == values[order.get(from)]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        ranks[order.get(i)] = (from + to - 1) / 2.0;
      }
      from = to;
    }
    return ranks;
  }
}
