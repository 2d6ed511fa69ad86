package dev.fresnel.tensor;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.tensor.grad.Gradients;
import dev.fresnel.tensor.internal.Bias;
import dev.fresnel.tensor.internal.Fused;
import dev.fresnel.tensor.internal.FusedAttention;
import dev.fresnel.testkit.RandomTensors;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Compares split operations with whole ones: operations on variables are never split. */
class ElementwiseTest {
  private static final Dim BATCH = new Dim("batch");
  private static final Dim HEAD = new Dim("head");
  private static final Dim ROW = new Dim("row");
  private static final Dim COLUMN = new Dim("column");
  private static final Dim INNER = new Dim("inner");
  private static final float ROUNDING = 2e-4f;

  private static Tensor random(long seed, Shape shape) {
    return new RandomTensors(seed).normal(shape, 2.5, 1);
  }

  private static void assertSame(Tensor inParts, Tensor whole) {
    assertThat(inParts).isWithin(ROUNDING, whole);
  }

  @Test
  void matrixAndVectorInEitherOrderAndLayout() {
    try (var scope = Scope.open()) {
      Tensor matrix = random(1, Shape.of(HEAD, 3).and(ROW, 100).and(COLUMN, 301));
      for (Tensor each :
          List.of(matrix, matrix.order(COLUMN, HEAD, ROW), matrix.slice(COLUMN, 1, 300))) {
        Tensor vector = random(2, Shape.of(COLUMN, each.size(COLUMN))).times(0.01);
        Tensor whole = Gradients.variable(each).dot(vector, COLUMN);
        assertSame(each.dot(vector, COLUMN), whole);
        assertSame(vector.dot(each, COLUMN).order(whole.dims()), whole);
      }
    }
  }

  @Test
  void numberByNumber() {
    List<UnaryOperator<Tensor>> operations =
        List.of(
            Tensor::square,
            x -> Activation.GELU.of(x, COLUMN),
            x -> Activation.GELU_TANH.of(x, COLUMN),
            x -> Activation.SILU.of(x, COLUMN),
            x -> x.times(3),
            x -> x.softmax(COLUMN),
            x -> x.softmax(HEAD));
    try (var scope = Scope.open()) {
      Tensor x = random(1, Shape.of(BATCH, 1).and(HEAD, 3).and(ROW, 300).and(COLUMN, 301));
      for (Tensor each : List.of(x, x.order(BATCH, COLUMN, HEAD, ROW))) {
        for (var operation : operations) {
          assertSame(operation.apply(each), operation.apply(Gradients.variable(each)));
        }
      }
    }
  }

  @Test
  void twoOfDifferentShapes() {
    List<BinaryOperator<Tensor>> operations =
        List.of(Tensor::plus, Tensor::minus, Tensor::times, Tensor::dividedBy);
    try (var scope = Scope.open()) {
      Tensor x = random(1, Shape.of(HEAD, 3).and(ROW, 300).and(COLUMN, 301));
      Tensor same = random(2, x.shape()).order(ROW, COLUMN, HEAD);
      Tensor column = random(3, Shape.of(COLUMN, 301));
      Tensor rowAndMore = random(4, Shape.of(BATCH, 2).and(ROW, 300));
      for (Tensor other : List.of(same, column, rowAndMore)) {
        for (var operation : operations) {
          assertSame(operation.apply(x, other), operation.apply(Gradients.variable(x), other));
          assertSame(operation.apply(other, x), operation.apply(other, Gradients.variable(x)));
        }
      }
    }
  }

  @Test
  void aResultLiesInMemoryAsTheOperandDoes() {
    try (var scope = Scope.open()) {
      Tensor x = random(1, Shape.of(ROW, 500).and(COLUMN, 600)).order(COLUMN, ROW);
      assertThat(x.plus(x).unwrap().stride(0)).isEqualTo(1);
      assertThat(x.square().unwrap().stride(0)).isEqualTo(1);
    }
  }

  @Test
  void wholeNumbersBecomeFractionsWhereverTheyDoInSmallTensors() {
    try (var scope = Scope.open()) {
      var shape = Shape.of(ROW, 500).and(COLUMN, 500);
      Tensor whole = Tensor.ofLongs(shape, new long[250_000]);
      assertThat(whole.times(0.5).dtype()).isEqualTo(DType.FLOAT32);
      Tensor ones = Tensor.full(shape, 2).to(DType.INT64);
      assertThat(whole.dividedBy(ones).dtype()).isEqualTo(DType.FLOAT32);
    }
  }

  @Test
  void manyProductsAtOnce() {
    try (var scope = Scope.open()) {
      Tensor a = random(1, Shape.of(BATCH, 2).and(ROW, 130).and(HEAD, 5).and(INNER, 40));
      Tensor b = random(2, Shape.of(BATCH, 2).and(COLUMN, 170).and(HEAD, 5).and(INNER, 40));
      Tensor shared = random(3, Shape.of(HEAD, 5).and(INNER, 40).and(COLUMN, 700));
      for (Tensor other : List.of(b, b.order(HEAD, INNER, COLUMN, BATCH), shared)) {
        Tensor small = a.times(0.1);
        assertSame(small.dot(other, INNER), Gradients.variable(small).dot(other, INNER));
      }
    }
  }

  @Test
  void attention() {
    try (var scope = Scope.open()) {
      Dim key = new Dim("key");
      Tensor q = random(1, Shape.of(BATCH, 2).and(ROW, 150).and(HEAD, 5).and(INNER, 32));
      Tensor k = random(2, Shape.of(BATCH, 2).and(key, 150).and(HEAD, 5).and(INNER, 32));
      Tensor v = random(3, Shape.of(BATCH, 2).and(key, 150).and(HEAD, 5).and(INNER, 32));
      var attention = new FusedAttention(BATCH, ROW, key, HEAD, HEAD, INNER);
      var causal = new Bias(null, true, false);
      assertSame(
          attention.attend(q, k, v, causal, 0.1, OptionalDouble.empty()),
          attention.attend(Gradients.variable(q), k, v, causal, 0.1, OptionalDouble.empty()));
    }
  }

  @Test
  void variablesAreComputedWithInPartsToo() {
    try (var scope = Scope.open()) {
      Tensor x = random(1, Shape.of(ROW, 300).and(INNER, 400));
      Tensor weight = random(2, Shape.of(INNER, 400).and(COLUMN, 500)).times(0.01);
      Tensor recorded =
          Fused.linear(
              Gradients.variable(x), new Fused.Layer(Gradients.variable(weight), null), INNER);
      Tensor unrecorded =
          Gradients.unrecorded(
              () ->
                  Fused.linear(
                      Gradients.variable(x),
                      new Fused.Layer(Gradients.variable(weight), null),
                      INNER));
      assertThat(recorded.unwrap().requires_grad()).isTrue();
      assertThat(unrecorded.unwrap().requires_grad()).isFalse();
      assertSame(unrecorded, recorded);
      assertSame(
          Gradients.unrecorded(() -> Gradients.variable(x).plus(x).square()), x.plus(x).square());
    }
  }
}
