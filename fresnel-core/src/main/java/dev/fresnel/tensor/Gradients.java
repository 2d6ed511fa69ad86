package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Derivatives. Everything that is computed from a {@link #variable} can be derived with respect to
 * it; where there is none, nothing is recorded and nothing is paid.
 *
 * <pre>{@code
 * Tensor x = Gradients.variable(Tensor.of(Shape.of(POS, 2), 3, 4));
 * Gradients.of(x.square().sum(POS), List.of(x)).get(0).floats();   // [6, 8]
 * }</pre>
 */
public final class Gradients {
  private Gradients() {}

  /**
   * The same numbers in fresh memory, as something to derive with respect to. It belongs to the
   * caller's scope.
   */
  public static Tensor variable(Tensor numbers) {
    Tensor copy = copy(numbers);
    copy.raw().set_requires_grad(true);
    return copy;
  }

  static Tensor copy(Tensor numbers) {
    if (!numbers.dtype().isFloatingPoint()) {
      throw new FresnelException("only floating-point numbers have derivatives, not " + numbers);
    }
    return new Tensor(numbers.raw().detach().contiguous().clone(), numbers.dims());
  }

  /**
   * The derivative of one number with respect to each of these tensors, in their shapes. What was
   * recorded on the way is freed.
   *
   * @param value a scalar
   * @param variables what it was computed from: variables, or tensors on the way from one
   * @throws FresnelException if the value is no scalar, or does not depend on one of them
   */
  public static List<Tensor> of(Tensor value, List<Tensor> variables) {
    if (value.shape().count() != 1) {
      throw new FresnelException("gradients are those of one number, this is " + value.shape());
    }
    return of(List.of(value), List.of(), variables);
  }

  /**
   * The chain rule's step back from several tensors: the derivative of some number with respect to
   * the variables, where its derivatives with respect to these tensors are known.
   *
   * @param values tensors that were computed from variables, or variables themselves
   * @param derivatives one a value, in its shape; none where the only value is a scalar
   * @throws FresnelException if a shape differs, a value depends on no variable, or none on one of
   *     them
   */
  public static List<Tensor> of(
      List<Tensor> values, List<Tensor> derivatives, List<Tensor> variables) {
    for (Tensor value : values) {
      if (!value.raw().requires_grad()) {
        throw new FresnelException(
            "the value was not computed from a variable; make one with Gradients.variable");
      }
    }
    for (int i = 0; i < derivatives.size(); i++) {
      if (!derivatives.get(i).shape().equals(values.get(i).shape())) {
        throw new FresnelException(
            "a derivative with respect to "
                + values.get(i).shape()
                + " has its shape, not "
                + derivatives.get(i).shape());
      }
    }
    try (var outputs = new TensorVector();
        var seeds = new TensorVector();
        var inputs = new TensorVector();
        var keep = new BoolOptional(false)) {
      values.forEach(value -> outputs.push_back(value.raw()));
      derivatives.forEach(derivative -> seeds.push_back(derivative.raw()));
      variables.forEach(variable -> inputs.push_back(variable.raw()));
      return named(torch.grad(outputs, inputs, seeds, keep, false, true), variables);
    }
  }

  private static List<Tensor> named(TensorVector gradients, List<Tensor> variables) {
    var result = new ArrayList<Tensor>();
    for (int i = 0; i < variables.size(); i++) {
      var gradient = gradients.get(i);
      if (!gradient.defined()) {
        throw new FresnelException(
            "the value does not depend on variable " + i + ", " + variables.get(i));
      }
      result.add(new Tensor(gradient, variables.get(i).dims()));
    }
    return result;
  }

  /** Whether what is computed from these will be derived: on this thread, at this moment. */
  static boolean areRecorded(org.bytedeco.pytorch.@Nullable Tensor... operands) {
    for (var operand : operands) {
      if (operand != null && operand.requires_grad()) {
        return GradMode.is_enabled();
      }
    }
    return false;
  }

  /** Computes without recording, also from variables. */
  public static <T> T unrecorded(Supplier<T> computation) {
    Libtorch.load();
    try (var guard = new NoGradGuard()) {
      return computation.get();
    }
  }
}
