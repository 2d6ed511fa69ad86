package dev.fresnel.tensor;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.pytorch.global.torch;

/** What neurons do to numbers, each by itself. */
public enum Curve {
  RELU(Tensor::relu, torch::relu_, dnnl.dnnl_eltwise_relu, 0),
  /** x Φ(x), exactly. */
  GELU(Tensor::gelu, torch::gelu_, dnnl.dnnl_eltwise_gelu_erf, 0),
  /** GELU by the tanh formula of GPT-2. */
  GELU_TANH(Tensor::geluTanh, x -> torch.gelu_(x, "tanh"), dnnl.dnnl_eltwise_gelu_tanh, 0),
  /** x σ(x). */
  SILU(Tensor::silu, torch::silu_, dnnl.dnnl_eltwise_swish, 1);

  private final UnaryOperator<Tensor> function;
  private final Consumer<org.bytedeco.pytorch.Tensor> inPlace;
  final int algorithm;
  final float alpha;

  Curve(
      UnaryOperator<Tensor> function,
      Consumer<org.bytedeco.pytorch.Tensor> inPlace,
      int algorithm,
      float alpha) {
    this.function = function;
    this.inPlace = inPlace;
    this.algorithm = algorithm;
    this.alpha = alpha;
  }

  /** The curve at each number. */
  public Tensor of(Tensor x) {
    return function.apply(x);
  }

  void replace(org.bytedeco.pytorch.Tensor numbers) {
    inPlace.accept(numbers);
  }
}
