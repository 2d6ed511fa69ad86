package dev.fresnel.tensor.grad;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.kernel.RawTape;
import dev.fresnel.tensor.internal.kernel.Recording;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.global.torch;

/**
 * Gradients by automatic differentiation. Everything computed from a {@link #variable} can be
 * differentiated with respect to it. Computations without variables are not recorded.
 *
 * <pre>{@code
 * Tensor x = Gradients.variable(Tensor.of(Shape.of(POS, 2), 3f, 4f));
 * Gradients.of(x.square().sum(POS), List.of(x)).get(0).floats();   // [6, 8]
 * }</pre>
 */
public final class Gradients {
  private Gradients() {}

  /**
   * A copy of these numbers as a variable: a tensor to differentiate by. It belongs to the caller's
   * scope.
   */
  public static Tensor variable(Tensor numbers) {
    try (var use = Use.open()) {
      Tensor copy = copy(numbers);
      copy.unwrap().set_requires_grad(true);
      return copy;
    }
  }

  /**
   * A copy of these numbers as a variable that lives as long as its owner.
   *
   * @param numbers any tensor, of any scope
   * @param label what the tensor is, for error messages
   */
  public static Tensor variable(Tensor numbers, Owner owner, String label) {
    try (var use = Use.open();
        var scope = Scope.open()) {
      Tensor own = owner.keep(copy(numbers), label);
      own.unwrap().set_requires_grad(true);
      return own;
    }
  }

  private static Tensor copy(Tensor numbers) {
    if (!numbers.dtype().isFloatingPoint()) {
      throw new FresnelException(
          "only floating-point tensors have gradients, not "
              + numbers
              + "; convert it with to(DType.FLOAT32)");
    }
    try (var use = Use.open()) {
      return Tensor.wrap(numbers.unwrap().detach().contiguous().clone(), numbers.dims());
    }
  }

  /**
   * The gradient of one number with respect to each of these tensors, in their shapes.
   *
   * @param value a scalar
   * @param variables what the value was computed from: variables, or tensors computed from
   *     variables
   * @throws FresnelException if the value is not a scalar, or does not depend on one of the
   *     variables
   */
  public static List<Tensor> of(Tensor value, List<Tensor> variables) {
    requireScalar(value);
    try (var use = Use.open()) {
      var one = Tensor.wrap(torch.ones_like(value.unwrap()), value.dims());
      return Tape.gradients(new RawTape(), List.of(value), List.of(one), variables);
    }
  }

  /**
   * The same numbers as a tensor to differentiate by: the tensor itself if it is recorded already
   * or holds integers, otherwise a view at which recording starts.
   */
  public static Tensor derivable(Tensor value) {
    try (var use = Use.open()) {
      var raw = value.unwrap();
      if (!value.dtype().isFloatingPoint() || raw.requires_grad()) {
        return value;
      }
      var start = raw.detach();
      start.set_requires_grad(true);
      return Tensor.wrap(start, value.dims());
    }
  }

  /**
   * Like {@link #of}, with zeros for a tensor that the value does not depend on. It may be called
   * repeatedly for one computation.
   *
   * @throws FresnelException if the value is not a scalar, or was not computed from recorded
   *     tensors
   */
  public static List<Tensor> orZero(Tensor value, List<Tensor> variables) {
    return orZero(new RawTape(), value, variables);
  }

  static List<Tensor> orZero(RawTape tape, Tensor value, List<Tensor> variables) {
    requireScalar(value);
    try (var use = Use.open()) {
      if (!value.unwrap().requires_grad()) {
        boolean recorded = variables.stream().anyMatch(each -> each.unwrap().requires_grad());
        throw new FresnelException(
            recorded
                ? "the value was computed without any of these tensors; use operations of tensors"
                    + " alone, not floats() or item()"
                : "none of these tensors was recorded; make them with Gradients.variable, or run a"
                    + " plan with recordGradients()");
      }
      var one = torch.ones_like(value.unwrap());
      var found =
          tape.gradients(
              List.of(value.unwrap()),
              List.of(one),
              variables.stream().map(Tensor::unwrap).toList());
      var result = new ArrayList<Tensor>();
      for (int i = 0; i < variables.size(); i++) {
        var gradient = found.get(i);
        var variable = variables.get(i);
        result.add(
            Tensor.wrap(
                gradient == null ? torch.zeros_like(variable.unwrap()) : gradient,
                variable.dims()));
      }
      return result;
    }
  }

  private static void requireScalar(Tensor value) {
    if (value.shape().count() != 1) {
      throw new FresnelException(
          "gradients are those of one number, this is "
              + value.shape()
              + "; make one of it with sum, mean or select");
    }
  }

  /** Runs a computation without recording it, even if it reads variables. */
  public static <T> T unrecorded(Supplier<T> computation) {
    return Recording.off(computation);
  }
}
