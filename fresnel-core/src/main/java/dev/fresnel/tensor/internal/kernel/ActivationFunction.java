package dev.fresnel.tensor.internal.kernel;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** An MLP's activation functions on raw tensors. */
public enum ActivationFunction {
  RELU(torch::relu, torch::relu_, dnnl.dnnl_eltwise_relu, 0),
  /** x Φ(x), exactly. */
  GELU(
      x -> Elementwise.unary(x, 4, -1, torch::gelu, torch::gelu_out),
      torch::gelu_,
      dnnl.dnnl_eltwise_gelu_erf,
      0),
  /** GELU by the tanh formula of GPT-2. */
  GELU_TANH(
      x ->
          Elementwise.unary(
              x,
              4,
              -1,
              all -> torch.gelu(all, "tanh"),
              (to, part) -> torch.gelu_out(to, part, "tanh")),
      x -> torch.gelu_(x, "tanh"),
      dnnl.dnnl_eltwise_gelu_tanh,
      0),
  /** x σ(x). */
  SILU(
      x -> Elementwise.unary(x, 4, -1, torch::silu, torch::silu_out),
      torch::silu_,
      dnnl.dnnl_eltwise_swish,
      1),
  /**
   * x softmax(x) over the innermost axis, so that a neuron's output depends on the other neurons.
   */
  SOLU(x -> x.mul(Elementwise.softmax(x, (int) x.dim() - 1)), null, 0, 0);

  private final UnaryOperator<Tensor> function;
  private final @Nullable Consumer<Tensor> inPlace;

  /** The function's algorithm number in oneDNN; 0 for none. */
  final int algorithm;

  /** The parameter that oneDNN's algorithm takes. */
  final float alpha;

  ActivationFunction(
      UnaryOperator<Tensor> function,
      @Nullable Consumer<Tensor> inPlace,
      int algorithm,
      float alpha) {
    this.function = function;
    this.inPlace = inPlace;
    this.algorithm = algorithm;
    this.alpha = alpha;
  }

  /** Applies the function to each number. */
  public Tensor of(Tensor x) {
    return function.apply(x);
  }

  /**
   * Whether each output depends on one input alone, so that a matrix product can apply the
   * function.
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
