package dev.fresnel.tensor.internal.kernel;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** An MLP's activation functions on raw tensors. */
public enum ActivationFunction {
  RELU(
      torch::relu,
      torch::relu_,
      (to, given, x) -> torch.threshold_backward_outf(given, x, new Scalar(0), to)),
  /** x Φ(x), exactly. */
  GELU(
      x -> Elementwise.unary(x, 4, -1, torch::gelu, torch::gelu_out),
      torch::gelu_,
      (to, given, x) -> torch.gelu_backward_outf(given, x, "none", to)),
  /** GELU by the tanh formula of GPT-2. */
  GELU_TANH(
      x -> Elementwise.unary(x, 4, -1, all -> torch.gelu(all, "tanh"), TanhGelu::write),
      TanhGelu::replace,
      (to, given, x) -> torch.gelu_backward_outf(given, x, "tanh", to)),
  /** x σ(x). */
  SILU(
      x -> Elementwise.unary(x, 4, -1, torch::silu, torch::silu_out),
      torch::silu_,
      (to, given, x) -> torch.silu_backward_outf(given, x, to)),
  /**
   * x softmax(x) over the innermost axis, so that a neuron's output depends on the other neurons.
   */
  SOLU(x -> x.mul(Elementwise.softmax(x, (int) x.dim() - 1)), null, null);

  /** Multiplies a gradient by the function's derivative at an input; it may do so in place. */
  private interface Derivative {
    void write(Tensor to, Tensor gradient, Tensor x);
  }

  private final UnaryOperator<Tensor> function;
  private final @Nullable Consumer<Tensor> inPlace;
  private final @Nullable Derivative derivative;

  ActivationFunction(
      UnaryOperator<Tensor> function,
      @Nullable Consumer<Tensor> inPlace,
      @Nullable Derivative derivative) {
    this.function = function;
    this.inPlace = inPlace;
    this.derivative = derivative;
  }

  /** Applies the function to each number. */
  public Tensor of(Tensor x) {
    return function.apply(x);
  }

  /**
   * Whether each output depends on one input alone, so that it can be computed in place and in
   * parts, and so can its derivative.
   */
  boolean isElementwise() {
    return inPlace != null;
  }

  /** Applies the function in place. */
  void replace(Tensor numbers) {
    if (inPlace == null) {
      throw new IllegalStateException(this + " is not computed in place");
    }
    inPlace.accept(numbers);
  }

  /**
   * Writes a gradient times the derivative at {@code x}.
   *
   * @param to the result; it may be the gradient
   */
  void derive(Tensor to, Tensor gradient, Tensor x) {
    if (derivative == null) {
      throw new IllegalStateException(this + " is not derived element by element");
    }
    derivative.write(to, gradient, x);
  }
}
