package dev.fresnel.model.config;

import dev.fresnel.tensor.Activation;
import java.util.Optional;

/** The other half of a block. */
public sealed interface Mlp permits Mlp.None, Mlp.Plain, Mlp.Gated {
  /** There is none: an attention-only model. */
  record None() implements Mlp {}

  /** in, activation, out. */
  record Plain(int dMlp, Activation activation) implements Mlp {}

  /** activation(gate) times in, out: Llama's. */
  record Gated(int dMlp, Activation activation) implements Mlp {}

  /** How many neurons a layer has; 0 for none. */
  default int width() {
    return this instanceof Plain plain ? plain.dMlp : this instanceof Gated gated ? gated.dMlp : 0;
  }

  default Optional<Activation> function() {
    return this instanceof Plain plain
        ? Optional.of(plain.activation)
        : this instanceof Gated gated ? Optional.of(gated.activation) : Optional.empty();
  }
}
