package dev.fresnel.tensor.internal.kernel;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import dev.fresnel.tensor.internal.kernel.Matmul.Product;
import dev.fresnel.testkit.RandomTensors;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatmulTest {
  private static final Dim ROW = new Dim("row");
  private static final Dim INNER = new Dim("inner");
  private static final Dim COLUMN = new Dim("column");

  /** Sums of 300 products of numbers near 1 are near 17, which float32 represents to about 1e-5. */
  private static final float ROUNDING = 1e-4f;

  private static Tensor random(long seed, Dim first, int height, Dim second, int width) {
    return new RandomTensors(seed).normal(Shape.of(first, height).and(second, width));
  }

  @ParameterizedTest
  @CsvSource({"7,300,200,2", "42,300,1000,3", "6,10,129,2", "9,300,64,1", "40,300,515,4"})
  void partsTogetherAreTheProduct(int rows, int inner, int columns, int parts) {
    try (var scope = Scope.open()) {
      Tensor x = random(1, ROW, rows, INNER, inner);
      Tensor weight = random(2, INNER, inner, COLUMN, columns);
      Tensor transposed = random(3, COLUMN, columns, INNER, inner).order(INNER, COLUMN);
      Tensor bias = random(4, ROW, 1, COLUMN, columns).squeeze(ROW);
      for (Tensor each : List.of(weight, transposed)) {
        Tensor plain = x.dot(each, INNER);
        assertClose(inParts(x, each, null, parts), plain);
        assertClose(inParts(x, each, bias.unwrap(), parts), plain.plus(bias));
      }
    }
  }

  private static org.bytedeco.pytorch.Tensor inParts(
      Tensor x, Tensor weight, org.bytedeco.pytorch.@Nullable Tensor bias, int parts) {
    var product = Product.of(x.unwrap(), weight.unwrap(), bias);
    Matmul.write(List.of(product), parts);
    return product.result();
  }

  @ParameterizedTest
  @CsvSource({"1,1", "15,2", "15,3", "200,2", "200,3"})
  void severalTogetherAreEachByItself(int rows, int parts) {
    try (var scope = Scope.open()) {
      Tensor x = random(1, ROW, rows, INNER, 320);
      var weights =
          List.of(
              random(2, INNER, 320, COLUMN, 576),
              random(3, COLUMN, 250, INNER, 320).order(INNER, COLUMN),
              random(4, INNER, 320, COLUMN, 192));
      Tensor bias = random(5, ROW, 1, COLUMN, 250).squeeze(ROW);
      var products =
          List.of(
              Product.of(x.unwrap(), weights.get(0).unwrap(), null),
              Product.of(x.unwrap(), weights.get(1).unwrap(), bias.unwrap()),
              Product.of(x.unwrap(), weights.get(2).unwrap(), null));
      Matmul.write(products, parts);
      assertClose(products.get(0).result(), x.dot(weights.get(0), INNER));
      assertClose(products.get(1).result(), x.dot(weights.get(1), INNER).plus(bias));
      assertClose(products.get(2).result(), x.dot(weights.get(2), INNER));

      var layers =
          List.of(
              new Fused.Layer(weights.get(0), null),
              new Fused.Layer(weights.get(1), bias),
              new Fused.Layer(weights.get(2), null));
      var results = Fused.linear(x, layers, INNER);
      for (int i = 0; i < 3; i++) {
        assertClose(results.get(i).unwrap(), Tensor.wrap(products.get(i).result(), ROW, COLUMN));
      }
    }
  }

  @Test
  void ofManyNoneIsCut() {
    try (var scope = Scope.open()) {
      Tensor x = random(1, ROW, 1, INNER, 320);
      var layers =
          IntStream.range(0, 20)
              .mapToObj(i -> new Fused.Layer(random(i, INNER, 320, COLUMN, 300 + i), null))
              .toList();
      var results = Fused.linear(x, layers, INNER);
      for (int i = 0; i < 20; i++) {
        assertClose(results.get(i).unwrap(), x.dot(layers.get(i).weight(), INNER));
      }
    }
  }

  private static void assertClose(org.bytedeco.pytorch.Tensor found, Tensor expected) {
    assertThat(Tensor.wrap(found, ROW, COLUMN)).isWithin(ROUNDING, expected);
  }

  @Test
  void smallProductsAreOnePart() {
    try (var scope = Scope.open()) {
      Tensor small = random(1, ROW, 42, INNER, 64);
      Tensor large = random(2, ROW, 300, INNER, 700);
      Tensor weight = random(3, INNER, 64, COLUMN, 64);
      Tensor wide = random(4, INNER, 700, COLUMN, 600);
      var one = Product.of(small.unwrap(), weight.unwrap(), null);
      var other = Product.of(large.unwrap(), wide.unwrap(), null);
      assertThat(Matmul.count(List.of(one))).isEqualTo(1);
      assertThat(Matmul.count(List.of(other))).isEqualTo(Math.min(Libtorch.workers(), 9));
      assertThat(Matmul.count(List.of(one, other))).isEqualTo(1);
    }
  }

  @Test
  void manyThreadsAtOnceGetTheirOwnProductsAndLeaveNothingBehind() {
    try (var scope = Scope.open()) {
      Tensor x = random(1, ROW, 50, INNER, 300);
      Tensor weight = random(2, INNER, 300, COLUMN, 600);
      Tensor expected = x.dot(weight, INNER);
      long handles = Pointer.totalCount();
      IntStream.range(0, 200)
          .parallel()
          .forEach(
              i -> {
                try (var own = Scope.open()) {
                  Tensor found = Tensor.wrap(inParts(x, weight, null, 3), ROW, COLUMN);
                  assertThat(found).isWithin(ROUNDING, expected);
                }
              });
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(handles + 20);
    }
  }

  @Test
  void whatDoesNotFitIsAnErrorOnTheCallersThread() {
    try (var scope = Scope.open()) {
      Tensor x = random(1, ROW, 50, INNER, 300);
      Tensor weight = random(2, INNER, 301, COLUMN, 600);
      assertThatThrownBy(() -> inParts(x, weight, null, 2))
          .isInstanceOf(RuntimeException.class)
          .hasMessageContaining("shape");
    }
  }
}
