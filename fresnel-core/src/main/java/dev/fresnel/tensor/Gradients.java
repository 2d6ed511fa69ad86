package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Derivatives. Everything that is computed from a {@link #variable} can be derived with respect to
 * it; where there is none, nothing is recorded and nothing is paid.
 *
 * <pre>{@code
 * Tensor x = Gradients.variable(Tensor.of(Shape.of(POS, 2), 3f, 4f));
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
   * The derivative of one number with respect to each of these tensors, in their shapes.
   *
   * @param value a scalar
   * @param variables what it was computed from: variables, or tensors on the way from one
   * @throws FresnelException if the value is no scalar, or does not depend on one of them
   */
  public static List<Tensor> of(Tensor value, List<Tensor> variables) {
    if (value.shape().count() != 1) {
      throw new FresnelException("gradients are those of one number, this is " + value.shape());
    }
    var one = new Tensor(torch.ones_like(value.raw()), value.dims());
    return new Tape().gradients(List.of(value), List.of(one), variables);
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
