package dev.fresnel.analysis.attribution;

import static dev.fresnel.analysis.attribution.ResidualEdges.READER;
import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.hook.ActivationCache;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.config.Norm;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of a metric with respect to what each head's queries, keys and values read of the
 * residual stream, from the gradients at the queries, keys and values themselves. All heads read
 * the same numbers, so the pass back need not be done for each of them: one product with the head's
 * weights and the norm's derivative lead from one to the other.
 *
 * @param activations of the run whose gradients these are: the residual stream before every layer
 * @param gradients at the queries, keys and values
 * @param from the first position that counts
 */
record ReaderGradients(
    Transformer model, ActivationCache activations, Map<HookPoint, Tensor> gradients, int from) {
  /** Of a layer's queries, then its keys, then its values [reader, batch, pos, d_model]. */
  Tensor ofHeads(int layer) {
    var projected =
        List.of(
            projected(HookKind.Q, HEAD, "W_Q", layer),
            projected(HookKind.K, KV_HEAD, "_W_K", layer),
            projected(HookKind.V, KV_HEAD, "_W_V", layer));
    var scale = WeightKind.LN1_W.at(layer);
    return behindNorm(
        Tensor.concatenate(READER, projected),
        ownPositions(activations.get(HookKind.RESID_PRE, layer)),
        model.has(scale) ? model.weight(scale) : null);
  }

  /** At one other place [reader 1, batch, pos, d_model]. */
  Tensor at(HookPoint point) {
    return ownPositions(gradients.get(point)).unsqueeze(READER).order(READER, BATCH, POS, D_MODEL);
  }

  private Tensor projected(HookKind kind, Dim heads, String weight, int layer) {
    return ownPositions(gradients.get(kind.at(layer)))
        .dot(model.weight("blocks.%d.attn.%s".formatted(layer, weight)), D_HEAD)
        .rename(heads, READER)
        .order(READER, BATCH, POS, D_MODEL);
  }

  private Tensor ownPositions(Tensor all) {
    return all.slice(POS, from, all.size(POS));
  }

  /**
   * Leads gradients of a norm's output back to its input {@code x}.
   *
   * @param scale the norm's own scale; null if it has none
   */
  private Tensor behindNorm(Tensor gradient, Tensor x, @Nullable Tensor scale) {
    var norm = model.config().norm();
    if (norm instanceof Norm.None) {
      return gradient;
    }
    boolean centred = norm instanceof Norm.Layer;
    double epsilon =
        norm instanceof Norm.Layer layer ? layer.epsilon() : ((Norm.Rms) norm).epsilon();
    Tensor middle = centred ? x.minus(x.mean(D_MODEL)) : x;
    Tensor divisor = middle.square().mean(D_MODEL).plus(epsilon).sqrt();
    Tensor direction = middle.dividedBy(divisor);
    Tensor scaled = scale == null ? gradient : gradient.times(scale);
    // The divisor grows with x along its direction; what lies along it changes nothing.
    Tensor rest = scaled.minus(scaled.times(direction).mean(D_MODEL).times(direction));
    return (centred ? rest.minus(rest.mean(D_MODEL)) : rest).dividedBy(divisor);
  }
}
