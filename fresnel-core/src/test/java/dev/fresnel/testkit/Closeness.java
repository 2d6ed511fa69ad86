package dev.fresnel.testkit;

import dev.fresnel.tensor.Tensor;
import java.util.Arrays;

/** Compares activations with golden numbers by |a - b| / (1 + |a|), the worst cell counting. */
public final class Closeness {
  private Closeness() {}

  /**
   * @throws AssertionError with the first bad cell, both values and the worst difference
   */
  public static void assertClose(
      String what, Golden.Numbers expected, Tensor actual, double tolerance) {
    if (!Arrays.equals(expected.shape(), actual.shape().toArray())) {
      throw new AssertionError(
          what
              + ": expected shape "
              + Arrays.toString(expected.shape())
              + ", got "
              + actual.shape());
    }
    assertClose(what, expected.values(), actual.floats(), tolerance);
  }

  public static void assertClose(String what, float[] expected, float[] actual, double tolerance) {
    if (expected.length != actual.length) {
      throw new AssertionError(
          what + ": expected " + expected.length + " numbers, got " + actual.length);
    }
    int first = -1;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = difference(expected[i], actual[i]);
      worst = Math.max(worst, difference);
      if (first < 0 && !(difference <= tolerance)) {
        first = i;
      }
    }
    if (first >= 0) {
      throw new AssertionError(
          "%s: cell %d should be %s but is %s; the worst difference is %.2e, allowed %.0e"
              .formatted(what, first, expected[first], actual[first], worst, tolerance));
    }
  }

  private static double difference(float expected, float actual) {
    if (Float.compare(expected, actual) == 0) {
      return 0;
    }
    double difference = Math.abs((double) expected - actual) / (1 + Math.abs((double) expected));
    return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
  }
}
