package dev.fresnel.tensor.internal.kernel;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** An MLP's activation functions on raw tensors. */
public enum ActivationFunction {
  RELU(torch::relu, torch::relu_),
  /** x Φ(x), exactly. */
  GELU(x -> Elementwise.unary(x, 4, -1, torch::gelu, torch::gelu_out), torch::gelu_),
  /** GELU by the tanh formula of GPT-2. */
  GELU_TANH(
      x -> Elementwise.unary(x, 4, -1, all -> torch.gelu(all, "tanh"), TanhGelu::write),
      TanhGelu::replace),
  /** x σ(x). */
  SILU(x -> Elementwise.unary(x, 4, -1, torch::silu, torch::silu_out), torch::silu_),
  /**
   * x softmax(x) over the innermost axis, so that a neuron's output depends on the other neurons.
   */
  SOLU(x -> x.mul(Elementwise.softmax(x, (int) x.dim() - 1)), null);

  private final UnaryOperator<Tensor> function;
  private final @Nullable Consumer<Tensor> inPlace;

  ActivationFunction(UnaryOperator<Tensor> function, @Nullable Consumer<Tensor> inPlace) {
    this.function = function;
    this.inPlace = inPlace;
  }

  /** Applies the function to each number. */
  public Tensor of(Tensor x) {
    return function.apply(x);
  }

  /**
   * Whether each output depends on one input alone, so that it can be computed in place and in
   * parts.
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
}
