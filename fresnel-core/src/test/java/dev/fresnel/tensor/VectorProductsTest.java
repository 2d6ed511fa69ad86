package dev.fresnel.tensor;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.grad.Gradients;
import dev.fresnel.testkit.RandomTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each product is that of the tensor and the vector alone, however their numbers lie. */
class VectorProductsTest {
  private static final Dim LAYER = new Dim("layer");
  private static final Dim BATCH = new Dim("batch");
  private static final Dim HEAD = new Dim("head");
  private static final Dim POS = new Dim("pos");
  private static final Dim FEATURE = new Dim("feature");

  private final RandomTensors random = new RandomTensors(6);

  private List<Tensor> three(Shape shape, UnaryOperator<Tensor> layout) {
    return IntStream.range(0, 3).mapToObj(i -> layout.apply(random.normal(shape))).toList();
  }

  private static void requireRight(List<Tensor> tensors, Tensor vectors) {
    Tensor found = VectorProducts.of(LAYER, tensors, vectors, FEATURE);
    assertThat(found.dims().get(0)).isEqualTo(LAYER);
    for (int i = 0; i < tensors.size(); i++) {
      Tensor vector = vectors.has(LAYER) ? vectors.select(LAYER, i) : vectors;
      Tensor expected = tensors.get(i).times(vector).sum(FEATURE);
      Tensor one = found.select(LAYER, i);
      assertThat(one.order(expected.dims())).isWithinShareOfLargest(1e-5, expected);
    }
  }

  @Test
  void weightsTimesOneDirectionOrEachItsOwn() {
    try (var scope = Scope.open()) {
      var shape = Shape.of(HEAD, 6).and(POS, 40).and(FEATURE, 384);
      Tensor one = random.normal(Shape.of(FEATURE, 384));
      Tensor each = random.normal(Shape.of(LAYER, 3).and(FEATURE, 384));
      Tensor stepped = random.normal(Shape.of(FEATURE, 384).and(POS, 3)).select(POS, 1);
      Tensor same = Tensor.full(Shape.of(FEATURE, 384), 2).to(DType.FLOAT32);
      for (Tensor vectors : List.of(one, each, stepped, same)) {
        requireRight(three(shape, x -> x), vectors);
        requireRight(three(shape, x -> x.order(POS, HEAD, FEATURE)), vectors);
        requireRight(three(shape, x -> x.order(FEATURE, HEAD, POS)), vectors);
        requireRight(three(shape, x -> x.slice(POS, 3, 30)), vectors);
        requireRight(three(shape, x -> x.select(HEAD, 2)), vectors);
        requireRight(three(shape, x -> x.slice(HEAD, 2, 3).slice(POS, 1, 2)), vectors);
        requireRight(three(Shape.of(FEATURE, 384), x -> x), vectors);
      }
    }
  }

  /** Axes of size 1 between others, whose strides say nothing. */
  @Test
  void axesOfOneIndex() {
    try (var scope = Scope.open()) {
      var shape = Shape.of(POS, 30).and(HEAD, 4).and(BATCH, 5).and(FEATURE, 384);
      Tensor vector = random.normal(Shape.of(FEATURE, 384));
      requireRight(three(shape, x -> x.slice(HEAD, 1, 2)), vector);
      requireRight(three(shape, x -> x.slice(HEAD, 1, 2).slice(BATCH, 2, 3)), vector);
      requireRight(three(shape, x -> x.slice(HEAD, 1, 2).slice(BATCH, 0, 4)), vector);
      requireRight(three(shape, x -> x.slice(BATCH, 4, 5)), vector);
    }
  }

  @Test
  void matchedAxes() {
    try (var scope = Scope.open()) {
      var shape = Shape.of(BATCH, 1).and(POS, 42).and(HEAD, 6).and(FEATURE, 64);
      Tensor one = random.normal(Shape.of(HEAD, 6).and(FEATURE, 64));
      Tensor each = random.normal(Shape.of(LAYER, 3).and(HEAD, 6).and(FEATURE, 64));
      for (Tensor vectors : List.of(one, each, each.order(FEATURE, HEAD, LAYER))) {
        requireRight(three(shape, x -> x), vectors);
        requireRight(three(shape, x -> x.order(HEAD, BATCH, POS, FEATURE)), vectors);
        requireRight(three(shape, x -> x.to(DType.FLOAT64)), vectors.to(DType.FLOAT64));
      }
      Tensor byPosition = random.normal(Shape.of(HEAD, 6).and(POS, 42).and(FEATURE, 64));
      requireRight(three(shape, x -> x), byPosition);
    }
  }

  @Test
  void gradientsAreRecorded() {
    try (var scope = Scope.open()) {
      var tensors = three(Shape.of(POS, 40).and(FEATURE, 384), x -> x);
      Tensor vector = Gradients.variable(random.normal(Shape.of(FEATURE, 384)));
      Tensor sum = VectorProducts.of(LAYER, tensors, vector, FEATURE).sum(LAYER, POS);
      Tensor expected = Tensor.stack(LAYER, tensors).sum(LAYER, POS);
      assertThat(Gradients.of(sum, List.of(vector)).get(0)).isWithinShareOfLargest(1e-5, expected);
    }
  }

  @Test
  void whatIsNotOneShapeIsSaid() {
    try (var scope = Scope.open()) {
      Tensor vector = random.normal(Shape.of(FEATURE, 384));
      var tensors = new ArrayList<>(three(Shape.of(POS, 40).and(FEATURE, 384), x -> x));
      assertThatThrownBy(() -> VectorProducts.of(LAYER, List.of(), vector, FEATURE))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("give one or more");
      assertThatThrownBy(() -> VectorProducts.of(LAYER, tensors, vector, HEAD))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("cannot sum over head");
      Tensor four = random.normal(Shape.of(LAYER, 4).and(FEATURE, 384));
      assertThatThrownBy(() -> VectorProducts.of(LAYER, tensors, four, FEATURE))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("3 tensors")
          .hasMessageContaining("4 vectors");
      tensors.add(random.normal(Shape.of(POS, 41).and(FEATURE, 384)));
      assertThatThrownBy(() -> VectorProducts.of(LAYER, tensors, vector, FEATURE))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("[pos 40, feature 384]")
          .hasMessageContaining("[pos 41, feature 384]");
    }
  }
}
