package dev.fresnel.tensor.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.internal.kernel.Matmul.Piece;
import dev.fresnel.tensor.internal.kernel.Matmul.Product;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OneDnnMatmulTest {
  private static final double ROUNDING = 1e-3;

  @BeforeEach
  void isForThisMachine() {
    Libtorch.load();
    assumeTrue(Loader.getPlatform().equals("linux-x86_64"), "its natives come for this platform");
  }

  private static org.bytedeco.pytorch.Tensor random(long... sizes) {
    return torch.randn(sizes);
  }

  private static void assertProduct(
      org.bytedeco.pytorch.Tensor left,
      org.bytedeco.pytorch.Tensor right,
      org.bytedeco.pytorch.Tensor bias) {
    assertThat(OneDnnMatmul.suits(left, right, bias)).isTrue();
    var result = left.new_full(new long[] {left.size(0), right.size(1)}, nan());
    OneDnnMatmul.write(Piece.all(new Product(result, left, right, bias)));
    var expected = left.to(ScalarType.Double).matmul(right.to(ScalarType.Double));
    if (bias != null) {
      expected = expected.add(bias.to(ScalarType.Double));
    }
    assertThat(result.to(ScalarType.Double).sub(expected).abs().max().item_double())
        .as("rows %d", left.size(0))
        .isLessThan(ROUNDING);
  }

  private static org.bytedeco.pytorch.Scalar nan() {
    return new org.bytedeco.pytorch.Scalar(Double.NaN);
  }

  @Test
  void manyLargeProductsAreTheSameAsByLibtorch() {
    try (var scope = Scope.open()) {
      var left = random(6, 64, 300);
      var transposedLeft = random(6, 300, 64).transpose(1, 2);
      var partOfRight = random(6, 300, 500).narrow(2, 100, 128);
      var transposedRight = random(6, 128, 300).transpose(1, 2);
      var repeated = random(1, 300, 128).expand(6, 300, 128);
      for (var from : List.of(left, transposedLeft)) {
        for (var by : List.of(partOfRight, transposedRight, repeated)) {
          assertThat(OneDnnMatmul.suitsEach(from, by)).isTrue();
          var expected = from.to(ScalarType.Double).bmm(by.to(ScalarType.Double));
          var found = Elementwise.products(from, by).to(ScalarType.Double);
          assertThat(found.sub(expected).abs().max().item_double()).isLessThan(ROUNDING);
        }
      }
    }
  }

  @Test
  void smallProductsAndOtherTypesStayWithLibtorch() {
    try (var scope = Scope.open()) {
      assertThat(OneDnnMatmul.suitsEach(random(99, 40, 64), random(99, 64, 40))).isFalse();
      var left = random(6, 64, 300).to(ScalarType.Double);
      var right = random(6, 300, 128).to(ScalarType.Double);
      assertThat(OneDnnMatmul.suitsEach(left, right)).isFalse();
      assertThat(Elementwise.products(left, right).equal(left.bmm(right))).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 15, 42, 130})
  void everyLayoutOfWeightsGivesTheProduct(int rows) {
    try (var scope = Scope.open()) {
      var bias = random(400);
      var left = random(rows, 300);
      var partOfALeft = random(rows, 500).narrow(1, 100, 300);
      var plain = random(300, 400);
      var transposed = random(400, 300).t();
      var partOfPlain = random(300, 900).narrow(1, 300, 400);
      var partOfTransposed = random(900, 300).narrow(0, 200, 400).t();
      for (var right : List.of(plain, transposed, partOfPlain, partOfTransposed)) {
        assertProduct(left, right, null);
        assertProduct(left, right, bias);
        assertProduct(partOfALeft, right, bias);
      }
    }
  }

  @Test
  void otherTypesSmallWeightsAndWhatDoesNotFitAreLeftToLibtorch() {
    try (var scope = Scope.open()) {
      var left = random(20, 400);
      assertThat(OneDnnMatmul.suits(left, random(400, 400), null)).isTrue();
      assertThat(OneDnnMatmul.suits(left, random(400, 20), null)).isFalse();
      assertThat(OneDnnMatmul.suits(left, random(401, 400), null)).isFalse();
      assertThat(OneDnnMatmul.suits(left.to(ScalarType.Double), random(400, 400), null)).isFalse();
      assertThat(OneDnnMatmul.suits(left, random(400, 400).to(ScalarType.Half), null)).isFalse();
      assertThat(OneDnnMatmul.suits(random(400, 20).t(), random(400, 400), null)).isFalse();
      assertThat(OneDnnMatmul.suits(left, random(400, 1).expand(400, 400), null)).isFalse();
      assertThat(OneDnnMatmul.suits(left, random(400, 400), random(400, 2).select(1, 0))).isFalse();
      assertThat(OneDnnMatmul.suits(left, random(400, 400), random(400).to(ScalarType.Double)))
          .isFalse();
    }
  }

  @Test
  void moreLengthsThanThereAreKernelsKept() {
    try (var scope = Scope.open()) {
      var left = random(600, 320);
      var right = random(320, 320).t();
      var expected = left.matmul(right);
      for (int rows = 5; rows <= 600; rows++) {
        try (var one = Scope.open()) {
          var result = random(rows, 320);
          OneDnnMatmul.write(Piece.all(new Product(result, left.narrow(0, 0, rows), right, null)));
          assertThat(result.sub(expected.narrow(0, 0, rows)).abs().max().item_double())
              .isLessThan(ROUNDING);
        }
      }
    }
  }

  @Test
  void manyThreadsShareKernelsAndLeaveNothingBehind() {
    try (var scope = Scope.open()) {
      var left = random(40, 330);
      var right = random(330, 330).t();
      var expected = left.matmul(right);
      long handles = Pointer.totalCount();
      IntStream.range(0, 400)
          .parallel()
          .forEach(
              i -> {
                try (var own = Scope.open()) {
                  int rows = 5 + i % 35;
                  var result = random(rows, 330);
                  OneDnnMatmul.write(
                      Piece.all(new Product(result, left.narrow(0, 0, rows), right, null)));
                  assertThat(result.sub(expected.narrow(0, 0, rows)).abs().max().item_double())
                      .isLessThan(ROUNDING);
                }
              });
      int kept =
          36
              * (Runtime.getRuntime().availableProcessors()
                  + 1); // native objects of a primitive, for each thread
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(handles + kept);
    }
  }
}
