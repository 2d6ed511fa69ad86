package dev.fresnel.tensor;

import dev.fresnel.tensor.internal.kernel.ActivationFunction;

/** An MLP's activation functions. */
public enum Activation {
  RELU("relu", ActivationFunction.RELU),
  /** x Φ(x). */
  GELU("gelu", ActivationFunction.GELU),
  /** GELU by its tanh formula: {@code gelu_new}, {@code gelu_fast}, {@code gelu_pytorch_tanh}. */
  GELU_TANH("gelu_new", ActivationFunction.GELU_TANH),
  /** x σ(x). */
  SILU("silu", ActivationFunction.SILU),
  /** x softmax(x), over the neurons. */
  SOLU("solu", ActivationFunction.SOLU);

  private final String label;
  private final ActivationFunction function;

  Activation(String label, ActivationFunction function) {
    this.label = label;
    this.function = function;
  }

  /** TransformerLens's name for the function. */
  public String label() {
    return label;
  }

  /**
   * Applies the function to each number.
   *
   * @param neurons the axis of the neurons; SoLU's softmax runs over it
   */
  public Tensor of(Tensor x, Dim neurons) {
    var dims = new java.util.ArrayList<>(x.dims());
    dims.remove(neurons);
    dims.add(neurons);
    return Pointwise.of(x.order(dims), label, function::of).order(x.dims());
  }
}
