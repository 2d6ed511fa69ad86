package dev.fresnel.model;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;

import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import java.util.OptionalDouble;

/**
 * Makes logits of what has passed the final norm.
 *
 * @param layer W_U and its bias
 * @param cap the soft cap of logits, where the model has one
 */
record Unembedding(Fused.Layer layer, OptionalDouble cap) {
  /** [.., d_model] to [.., d_vocab]. */
  Tensor logits(Tensor residual) {
    return Scope.result(() -> capped(Fused.linear(residual, layer, D_MODEL)));
  }

  /** The same for some columns of the vocabulary only, in their order. */
  Tensor logits(Tensor residual, long[] columns) {
    return Scope.result(
        () -> {
          Tensor bias = layer.bias();
          var some =
              new Fused.Layer(
                  layer.weight().gather(D_VOCAB, columns),
                  bias == null ? null : bias.gather(D_VOCAB, columns));
          return capped(Fused.linear(residual, some, D_MODEL));
        });
  }

  private Tensor capped(Tensor logits) {
    return cap.isPresent()
        ? logits.dividedBy(cap.getAsDouble()).tanh().times(cap.getAsDouble())
        : logits;
  }
}
