package dev.fresnel.tensor.grad;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests what the comparison with PyTorch's steps, in the tests of training, does not cover. */
class AdamWTest {
  private static final Dim ROW = new Dim("row");
  private static final Dim COLUMN = new Dim("column");
  private static final Shape SHAPE = Shape.of(ROW, 300).and(COLUMN, 400); // more than one block

  @Test
  void sharesOfABatchAddUpAndTwoVariablesMayHaveOneGradient() {
    try (var scope = Scope.open()) {
      Tensor first = Tensor.full(SHAPE, 0.5);
      Tensor second = Tensor.full(SHAPE, -0.25);
      var together = variables();
      double length =
          optimizer(together).step(List.of(first.plus(second), first.plus(second)), 0.1, 1);
      var byShares = variables();
      Tensor turned = second.order(COLUMN, ROW);
      double sameLength =
          optimizer(byShares)
              .stepBySum(List.of(List.of(first, first), List.of(turned, second)), 0.1, 1);
      assertThat(length).isCloseTo(0.25 * Math.sqrt(240_000), within(1e-3));
      assertThat(sameLength).isCloseTo(length, within(1e-6));
      for (int i = 0; i < 2; i++) {
        assertThat(byShares.get(i)).isWithin(1e-6, together.get(i));
        assertThat(byShares.get(i).floats()[119_999]).isNotEqualTo(1);
      }
    }
  }

  private static List<Tensor> variables() {
    return List.of(
        Gradients.variable(Tensor.full(SHAPE, 1)), Gradients.variable(Tensor.full(SHAPE, 1)));
  }

  private static AdamW optimizer(List<Tensor> variables) {
    return new AdamW(
        new AdamW.Settings(0.9, 0.999, 1e-8, 0.01),
        variables,
        AdamW.zeros(variables),
        AdamW.zeros(variables),
        0);
  }
}
