package dev.fresnel.model.config;

import dev.fresnel.tensor.Activation;
import java.util.Optional;

/** The MLP of a block. */
public sealed interface Mlp permits Mlp.None, Mlp.Plain, Mlp.Gated {
  /** No MLP: an attention-only model. */
  record None() implements Mlp {}

  /** A linear layer, an activation function, a linear layer. */
  record Plain(int dMlp, Activation activation) implements Mlp {}

  /** An MLP with a gate, as in Llama: {@code (activation(x W_gate) * x W_in) W_out}. */
  record Gated(int dMlp, Activation activation) implements Mlp {}

  /** Neurons per layer; 0 for none. */
  default int width() {
    return this instanceof Plain plain ? plain.dMlp : this instanceof Gated gated ? gated.dMlp : 0;
  }

  default Optional<Activation> function() {
    return this instanceof Plain plain
        ? Optional.of(plain.activation)
        : this instanceof Gated gated ? Optional.of(gated.activation) : Optional.empty();
  }
}
