package dev.fresnel.tensor;

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
  public Optional<Curve> curve() {
    return Optional.ofNullable(curve);
  }

  /**
   * The activation of each number.
   *
   * @param along the axis of the neurons, which SoLU's softmax runs over
   */
  public Tensor of(Tensor x, Dim along) {
    return curve == null ? x.times(x.softmax(along)) : curve.of(x);
  }
}
