package dev.fresnel.model.config;

import java.util.Optional;

/**
 * The norm. The {@code Pre} forms have no weights of their own: they are folded into what follows.
 */
public sealed interface Norm permits Norm.None, Norm.Layer, Norm.Rms {
  record None() implements Norm {}

  /** Centre, divide by the standard deviation; then scale and shift where there are weights. */
  record Layer(double epsilon, Weights weights) implements Norm {}

  /** Divide by the root mean square; then scale where there are weights. */
  record Rms(double epsilon, Weights weights) implements Norm {}

  /** Whether a norm has weights. */
  enum Weights {
    OWN,
    FOLDED
  }

  /** The same norm once its weights have been folded into what reads it. */
  default Norm folded() {
    return this instanceof Layer layer
        ? new Layer(layer.epsilon, Weights.FOLDED)
        : this instanceof Rms rms ? new Rms(rms.epsilon, Weights.FOLDED) : this;
  }

  /** TransformerLens's name: {@code LN}, {@code LNPre}, {@code RMS}, {@code RMSPre}, or none. */
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
