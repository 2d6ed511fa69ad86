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
  private static final Dim ROW = new Dim("row");
  private static final Dim COLUMN = new Dim("column");
  private static final Dim OTHER_COLUMN = new Dim("other_column");
  private static final int ROWS = 50;

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
              .map(level -> new SymmetricProducts.Factors(level.a(), turned(level.b())))
              .toList();
      var found = SymmetricProducts.of(first, second);
      int all = levels * perLevel;
      for (int i = 0; i < all; i++) {
        assertTrace(found.firstTrace(i), whole(first.get(i / perLevel), i % perLevel));
        assertTrace(found.secondTrace(i), whole(second.get(i / perLevel), i % perLevel));
        for (int j = i / perLevel * perLevel; j < all; j++) {
          Tensor one = whole(first.get(i / perLevel), i % perLevel);
          Tensor other = whole(second.get(j / perLevel), j % perLevel);
          double expected = one.times(other).sum(OTHER_COLUMN, COLUMN).item();
          double size =
              Math.sqrt(
                  one.times(one).sum(OTHER_COLUMN, COLUMN).item()
                      * other.times(other).sum(OTHER_COLUMN, COLUMN).item());
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
              Tensor a = random.normal(Shape.of(MATRIX, perLevel).and(ROW, ROWS).and(INNER, inner));
              Tensor b =
                  random.normal(Shape.of(MATRIX, perLevel).and(INNER, inner).and(COLUMN, width));
              return new SymmetricProducts.Factors(a, b);
            })
        .toList();
  }

  private static Tensor turned(Tensor right) {
    return right.order(MATRIX, COLUMN, INNER).contiguous().order(MATRIX, INNER, COLUMN);
  }

  private static void assertTrace(double found, Tensor matrix) {
    double trace = 0;
    for (int i = 0; i < matrix.size(COLUMN); i++) {
      trace += matrix.select(OTHER_COLUMN, i).select(COLUMN, i).item();
    }
    assertThat(found / trace).isBetween(1 - 1e-5, 1 + 1e-5);
  }

  private static Tensor whole(SymmetricProducts.Factors level, int matrix) {
    Tensor product = level.a().select(MATRIX, matrix).dot(level.b().select(MATRIX, matrix), INNER);
    return product.rename(COLUMN, OTHER_COLUMN).dot(product, ROW);
  }
}
