package dev.fresnel.model;

import dev.fresnel.hook.Dims;
import dev.fresnel.tensor.Curve;
import dev.fresnel.tensor.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a neuron does to its input. */
public enum Activation {
  RELU("relu", Curve.RELU),
  /** x Φ(x). */
  GELU("gelu", Curve.GELU),
  /** GELU by its tanh formula: {@code gelu_new}, {@code gelu_fast}, {@code gelu_pytorch_tanh}. */
  GELU_TANH("gelu_new", Curve.GELU_TANH),
  /** x σ(x). */
  SILU("silu", Curve.SILU),
  /** x softmax(x), over the neurons. */
  SOLU("solu", null);

  private final String label;
  private final @Nullable Curve curve;

  Activation(String label, @Nullable Curve curve) {
    this.label = label;
    this.curve = curve;
  }

  /** TransformerLens's name for it. */
  public String label() {
    return label;
  }

  /** Empty where a neuron's output depends on the others too. */
  Optional<Curve> curve() {
    return Optional.ofNullable(curve);
  }

  Tensor apply(Tensor x) {
    return curve == null ? x.times(x.softmax(Dims.D_MLP)) : curve.of(x);
  }
}
