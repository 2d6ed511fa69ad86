package dev.fresnel.tensor.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.Gradients;
import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Products with vectors are those of float64, whatever the layout of the numbers. */
class MatrixVectorTest {
  private static final Dim HEAD = new Dim("head");
  private static final Dim POS = new Dim("pos");
  private static final Dim FEATURE = new Dim("feature");

  /** float32 sums of up to 800 products of numbers near 1. */
  private static final double ROUNDING = 2e-4;

  @BeforeEach
  void load() {
    Libtorch.load();
    torch.manual_seed(3);
  }

  private static org.bytedeco.pytorch.Tensor random(long... sizes) {
    return torch.randn(sizes);
  }

  private static void assertClose(
      org.bytedeco.pytorch.Tensor found, org.bytedeco.pytorch.Tensor expected) {
    assertThat(found.shape()).isEqualTo(expected.shape());
    if (expected.numel() > 0) {
      assertThat(found.to(ScalarType.Double).sub(expected).abs().max().item_double())
          .isLessThan(ROUNDING);
    }
  }

  @Test
  void aMatrixOfAnyLayoutTimesAVector() {
    try (var scope = Scope.open()) {
      var stepped = random(700, 3).select(1, 1);
      var same = random(1).expand(700);
      for (var matrix :
          List.of(
              random(500, 700),
              random(700, 500).t(),
              random(500, 900).narrow(1, 100, 700),
              random(900, 500).narrow(0, 100, 700).t(),
              random(1, 700).expand(500, 700),
              random(1, 700),
              random(700, 1).t(),
              random(500, 1400).as_strided(new long[] {500, 700}, new long[] {1400, 2}),
              random(500, 700).to(ScalarType.Double),
              random(0, 700))) {
        for (var vector : List.of(random(700), stepped, same)) {
          var by = vector.to(matrix.scalar_type());
          assertClose(
              MatrixVector.product(matrix, by),
              matrix.to(ScalarType.Double).matmul(by.to(ScalarType.Double)));
        }
      }
    }
  }

  @Test
  void oneVectorForEachOfSeveralMatrices() {
    try (var scope = Scope.open()) {
      var ofHeads = random(42, 12, 64).permute(1, 0, 2); // heads outermost, as attention keeps them
      for (var matrices :
          List.of(
              ofHeads,
              random(12, 64, 42).transpose(1, 2),
              random(12, 3000, 64),
              random(1, 42, 64).expand(12, 42, 64),
              random(12, 2, 64),
              ofHeads.to(ScalarType.Double))) {
        for (var vectors :
            List.of(random(12, 64), random(64, 12).t(), random(1, 64).expand(12, 64))) {
          var by = vectors.to(matrices.scalar_type());
          var expected =
              matrices.to(ScalarType.Double).bmm(by.unsqueeze(2).to(ScalarType.Double)).squeeze(2);
          assertClose(MatrixVector.products(matrices, by), expected);
          assertClose(Elementwise.products(matrices, by.unsqueeze(2)), expected.unsqueeze(2));
          assertClose(
              Elementwise.products(by.unsqueeze(1), matrices.transpose(1, 2)),
              expected.unsqueeze(1));
        }
      }
    }
  }

  @Test
  void gradientsAreRecorded() {
    try (var scope = Scope.open()) {
      Tensor vector = Gradients.variable(Tensor.wrap(random(700), FEATURE));
      Tensor matrix = Tensor.wrap(random(50, 700), POS, FEATURE);
      Tensor slope = Gradients.of(matrix.dot(vector, FEATURE).sum(POS), List.of(vector)).get(0);
      assertClose(slope.unwrap(), matrix.sum(POS).unwrap().to(ScalarType.Double));
      Tensor vectors = Gradients.variable(Tensor.wrap(random(12, 64), HEAD, FEATURE));
      Tensor z = Tensor.wrap(random(42, 12, 64), POS, HEAD, FEATURE);
      Tensor slopes = Gradients.of(z.dot(vectors, FEATURE).sum(POS, HEAD), List.of(vectors)).get(0);
      assertClose(slopes.unwrap(), z.sum(POS).unwrap().to(ScalarType.Double));
    }
  }

  @Test
  void namedAxesSayWhichMatrixAVectorIsFor() {
    try (var scope = Scope.open()) {
      Tensor z = Tensor.wrap(random(42, 12, 64), POS, HEAD, FEATURE);
      Tensor read = Tensor.wrap(random(64, 12), FEATURE, HEAD);
      Tensor expected = z.times(read).sum(FEATURE);
      Tensor found = z.dot(read, FEATURE);
      assertThat(found.shape()).isEqualTo(Shape.of(HEAD, 12).and(POS, 42));
      assertClose(found.order(POS, HEAD).unwrap(), expected.unwrap().to(ScalarType.Double));
      assertClose(
          read.dot(z, FEATURE).order(POS, HEAD).unwrap(), expected.unwrap().to(ScalarType.Double));
      Tensor each = Tensor.wrap(random(42, 12, 64), POS, HEAD, FEATURE);
      assertClose(
          z.dot(each, FEATURE).unwrap(),
          z.unwrap().to(ScalarType.Double).mul(each.unwrap().to(ScalarType.Double)).sum(2));
    }
  }
}
