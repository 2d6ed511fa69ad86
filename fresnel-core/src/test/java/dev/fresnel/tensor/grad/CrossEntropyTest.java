package dev.fresnel.tensor.grad;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import dev.fresnel.testkit.RandomTensors;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares the cross-entropy of a linear layer with libtorch's, computed from whole logits. */
class CrossEntropyTest {
  private static final Dim ROW = new Dim("row");
  private static final Dim IN = new Dim("in");
  private static final Dim CHOICE = new Dim("choice");

  /** Small sizes use libtorch, large ones oneDNN; 700 rows of 3,000 choices need several blocks. */
  @ParameterizedTest
  @CsvSource({"1, 3, 4, 1", "7, 5, 11, 1", "700, 64, 3000, 1", "9, 8, 16, 100"})
  void ofAffineIsTheLossAndWhatItDerivesTo(int rows, int in, int choices, float scale) {
    try (var scope = Scope.open()) {
      var random = new RandomTensors(3);
      Tensor x = variable(random, scale, Shape.of(ROW, rows).and(IN, in));
      Tensor weight = variable(random, 1, Shape.of(IN, in).and(CHOICE, choices));
      Tensor bias = variable(random, 1, Shape.of(CHOICE, choices));
      Tensor targets = random.indices(Shape.of(ROW, rows), choices);

      Tensor mean =
          CrossEntropy.mean(Fused.linear(x, new Fused.Layer(weight, bias), IN), CHOICE, targets);
      var expected = Gradients.of(mean, List.of(x, weight, bias));
      var found = CrossEntropy.ofLinear(x, weight, bias, IN, targets, 1.0 / rows);

      assertThat(found.loss()).isCloseTo(mean.item(), within(1e-6 * (1 + mean.item())));
      requireClose(found.input(), expected.get(0));
      requireClose(found.weight(), expected.get(1));
      requireClose(found.bias(), expected.get(2));
    }
  }

  /** Large enough for oneDNN, which reads operands by their strides. */
  @Test
  void operandsMayLieInAnyOrder() {
    try (var scope = Scope.open()) {
      var random = new RandomTensors(6);
      Tensor x = variable(random, 1, Shape.of(IN, 64).and(ROW, 700));
      Tensor weight = variable(random, 1, Shape.of(CHOICE, 3000).and(IN, 64));
      Tensor targets = random.indices(Shape.of(ROW, 700), 3000);
      Tensor mean =
          CrossEntropy.mean(Fused.linear(x, new Fused.Layer(weight, null), IN), CHOICE, targets);
      var expected = Gradients.of(mean, List.of(x, weight));
      var found = CrossEntropy.ofLinear(x, weight, null, IN, targets, 1.0 / 700);
      requireClose(found.input(), expected.get(0));
      requireClose(found.weight(), expected.get(1));
    }
  }

  @Test
  void withoutTargetsThereIsNoLoss() {
    try (var scope = Scope.open()) {
      Tensor x = Tensor.full(Shape.of(ROW, 0).and(IN, 4), 0);
      Tensor weight = Tensor.full(Shape.of(IN, 4).and(CHOICE, 5), 0);
      Tensor none = Tensor.ofLongs(Shape.of(ROW, 0));
      assertThatThrownBy(() -> CrossEntropy.ofLinear(x, weight, null, IN, none, 1))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("at least one target");
    }
  }

  private static Tensor variable(RandomTensors random, float scale, Shape shape) {
    return Gradients.variable(random.normal(shape, 0, scale));
  }

  /** Relative to the largest number: float32 sums of up to 3,000 numbers in another order. */
  private static void requireClose(Tensor found, Tensor expected) {
    assertThat(found).isWithinShareOfLargest(1e-5, expected);
  }
}
