package dev.fresnel.tensor;

import dev.fresnel.tensor.internal.kernel.Elementwise;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;

/** Operations on the numbers of one tensor, each by itself. The axes stay. */
final class Pointwise {
  private Pointwise() {}

  /**
   * @param operation its name, for errors
   */
  static Tensor of(Tensor x, String operation, UnaryOperator<org.bytedeco.pytorch.Tensor> compute) {
    try (var use = Use.open()) {
      return new Tensor(compute.apply(x.raw()), x.dims());
    } catch (RuntimeException e) {
      throw Refused.by(e, operation, x);
    }
  }

  static Tensor plus(Tensor x, double value) {
    try (var scalar = new Scalar(value)) {
      return of(x, "plus", raw -> raw.add(scalar));
    }
  }

  static Tensor times(Tensor x, double value) {
    try (var scalar = new Scalar(value)) {
      return of(
          x,
          "times",
          raw ->
              Elementwise.unary(
                  raw, 1, -1, y -> y.mul(scalar), (to, y) -> torch.mul_out(to, y, scalar)));
    }
  }

  static Tensor dividedBy(Tensor x, double value) {
    try (var scalar = new Scalar(value)) {
      return of(x, "dividedBy", raw -> raw.div(scalar));
    }
  }
}
