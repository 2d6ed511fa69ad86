package dev.fresnel.load.internal.family;

import dev.fresnel.load.internal.format.WeightSource;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.util.Arrays;

/** Whether a file holds the same numbers under two names. */
final class SameWeights {
  /** Rows that are compared at a time, so that a copy of them is small beside the weight. */
  private static final int ROWS = 256;

  private SameWeights() {}

  /**
   * @param first a name without prefix, as the family calls it
   * @param second another one
   */
  static boolean of(WeightNames names, String first, String second) {
    WeightSource source = names.source();
    var a = source.stored(names.inFile(first));
    var b = source.stored(names.inFile(second));
    if (!a.shape().sizes().equals(b.shape().sizes())
        || a.type() != b.type()
        || a.shape().sizes().isEmpty()) {
      return false;
    }
    try (var scope = Scope.open()) {
      Tensor one = source.read(names.inFile(first));
      Tensor other = source.read(names.inFile(second));
      Dim rows = one.shape().dims().get(0);
      long count = one.size(rows);
      for (long row = 0; row < count; row += ROWS) {
        long end = Math.min(count, row + ROWS);
        try (var part = Scope.open()) {
          if (!Arrays.equals(
              one.slice(rows, row, end).floats(), other.slice(rows, row, end).floats())) {
            return false;
          }
        }
      }
      return true;
    }
  }
}
