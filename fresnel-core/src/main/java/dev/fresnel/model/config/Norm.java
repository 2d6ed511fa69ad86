package dev.fresnel.model.config;

import java.util.Optional;

/** A kind of norm. */
public sealed interface Norm permits Norm.None, Norm.Layer, Norm.Rms {
  record None() implements Norm {}

  /**
   * A layer norm: subtract the mean, divide by the standard deviation, then scale and shift if it
   * has weights.
   */
  record Layer(double epsilon, Weights weights) implements Norm {}

  /** An RMS norm: divide by the root mean square, then scale if it has weights. */
  record Rms(double epsilon, Weights weights) implements Norm {}

  /** Whether a norm has its own weights, or they are folded into the layers that read it. */
  enum Weights {
    OWN,
    FOLDED
  }

  /** This norm after folding its weights into the layers that read it. */
  default Norm folded() {
    return this instanceof Layer layer
        ? new Layer(layer.epsilon, Weights.FOLDED)
        : this instanceof Rms rms ? new Rms(rms.epsilon, Weights.FOLDED) : this;
  }

  /**
   * TransformerLens's name: {@code LN}, {@code LNPre}, {@code RMS}, {@code RMSPre}; empty for no
   * norm.
   */
  default Optional<String> label() {
    if (this instanceof Layer layer) {
      return Optional.of(layer.weights == Weights.OWN ? "LN" : "LNPre");
    }
    if (this instanceof Rms rms) {
      return Optional.of(rms.weights == Weights.OWN ? "RMS" : "RMSPre");
    }
    return Optional.empty();
  }
}
