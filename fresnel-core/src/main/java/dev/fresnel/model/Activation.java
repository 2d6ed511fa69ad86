package dev.fresnel.model;

import dev.fresnel.hook.Dims;
import dev.fresnel.tensor.Tensor;
import java.util.function.UnaryOperator;

/** What a neuron does to its input. */
public enum Activation {
  RELU("relu", Tensor::relu),
  /** x Φ(x). */
  GELU("gelu", Tensor::gelu),
  /** GELU by its tanh formula: {@code gelu_new}, {@code gelu_fast}, {@code gelu_pytorch_tanh}. */
  GELU_TANH("gelu_new", Tensor::geluTanh),
  /** x σ(x). */
  SILU("silu", Tensor::silu),
  /** x softmax(x), over the neurons. */
  SOLU("solu", x -> x.times(x.softmax(Dims.D_MLP)));

  private final String label;
  private final UnaryOperator<Tensor> function;

  Activation(String label, UnaryOperator<Tensor> function) {
    this.label = label;
    this.function = function;
  }

  /** TransformerLens's name for it. */
  public String label() {
    return label;
  }

  Tensor apply(Tensor x) {
    return function.apply(x);
  }
}
