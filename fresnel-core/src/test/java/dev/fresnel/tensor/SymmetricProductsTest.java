package dev.fresnel.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.testkit.RandomTensors;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SymmetricProductsTest {
  private static final Dim MATRIX = new Dim("matrix");
  private static final Dim INNER = new Dim("inner");
  private static final Dim OTHER_INNER = new Dim("other_inner");
  private static final Dim ROW = new Dim("row");
  private static final Dim COLUMN = new Dim("column");

  private final RandomTensors random = new RandomTensors(5);

  /**
   * Widths of one tile, of several, and with a narrow last one; libtorch's way and oneDNN's. Of the
   * second stack, the columns of right factors stand side by side in memory instead of the rows.
   */
  @ParameterizedTest
  @CsvSource({"10, 3, 4", "67, 2, 3", "384, 24, 2", "389, 24, 2", "96, 30, 5"})
  void areTheSumsOfProductsOfTheWholeMatrices(int width, int inner, int levels) {
    int perLevel = 3;
    try (var scope = Scope.open()) {
      var first = factors(levels, perLevel, inner, width);
      var second =
          factors(levels, perLevel, inner, width).stream()
              .map(level -> new SymmetricProducts.Factors(level.gram(), turned(level.right())))
              .toList();
      var found = SymmetricProducts.of(first, second);
      int all = levels * perLevel;
      for (int i = 0; i < all; i++) {
        assertTrace(found.firstTrace(i), whole(first.get(i / perLevel), i % perLevel));
        assertTrace(found.secondTrace(i), whole(second.get(i / perLevel), i % perLevel));
        for (int j = i / perLevel * perLevel; j < all; j++) {
          Tensor one = whole(first.get(i / perLevel), i % perLevel);
          Tensor other = whole(second.get(j / perLevel), j % perLevel);
          double expected = one.times(other).sum(ROW, COLUMN).item();
          double size =
              Math.sqrt(
                  one.times(one).sum(ROW, COLUMN).item()
                      * other.times(other).sum(ROW, COLUMN).item());
          // sums of float32 products, in another order
          assertThat((found.at(i, j) - expected) / size).isBetween(-1e-5, 1e-5);
        }
      }
    }
  }

  private List<SymmetricProducts.Factors> factors(int levels, int perLevel, int inner, int width) {
    return IntStream.range(0, levels)
        .mapToObj(
            level -> {
              Tensor right =
                  random.normal(Shape.of(MATRIX, perLevel).and(INNER, inner).and(COLUMN, width));
              Tensor mixed =
                  random.normal(
                      Shape.of(MATRIX, perLevel).and(INNER, inner).and(OTHER_INNER, inner));
              Tensor gram =
                  mixed.dot(mixed.rename(INNER, ROW), OTHER_INNER).rename(ROW, OTHER_INNER);
              return new SymmetricProducts.Factors(gram, right);
            })
        .toList();
  }

  private static Tensor turned(Tensor right) {
    return right.order(MATRIX, COLUMN, INNER).contiguous().order(MATRIX, INNER, COLUMN);
  }

  private static void assertTrace(double found, Tensor matrix) {
    double trace = 0;
    for (int i = 0; i < matrix.size(ROW); i++) {
      trace += matrix.select(ROW, i).select(COLUMN, i).item();
    }
    assertThat(found / trace).isBetween(1 - 1e-5, 1 + 1e-5);
  }

  private static Tensor whole(SymmetricProducts.Factors level, int matrix) {
    Tensor right = level.right().select(MATRIX, matrix);
    return level
        .gram()
        .select(MATRIX, matrix)
        .dot(right.rename(INNER, OTHER_INNER), OTHER_INNER)
        .rename(COLUMN, ROW)
        .dot(right, INNER);
  }
}
