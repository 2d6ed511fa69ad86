package dev.fresnel.model;

import static dev.fresnel.hook.Dims.ONE;

import dev.fresnel.hook.HookKind;
import dev.fresnel.model.config.Norm;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A norm along one axis, with its two hooks; the identity if the model has no norm. As in
 * TransformerLens, the {@code normalized} hook of a layer norm sees its output, and that of an RMS
 * norm sees the numbers before they are scaled.
 */
sealed class NormLayer {
  private final @Nullable HookKind divisor;
  private final @Nullable HookKind normalized;

  private NormLayer(@Nullable HookKind divisor, @Nullable HookKind normalized) {
    this.divisor = divisor;
    this.normalized = normalized;
  }

  /**
   * @param scale the norm's scale among the weights
   * @param divisor the hook that sees the divisor; null for none
   * @param normalized the hook that sees the normalized numbers; null for none
   */
  static NormLayer of(
      Norm norm,
      Dim along,
      Weights weights,
      WeightName scale,
      @Nullable HookKind divisor,
      @Nullable HookKind normalized) {
    if (norm instanceof Norm.Layer layer) {
      return new Real(weights, scale, along, true, layer.epsilon(), divisor, normalized);
    }
    return norm instanceof Norm.Rms rms
        ? new Real(weights, scale, along, false, rms.epsilon(), divisor, normalized)
        : new NormLayer(divisor, normalized);
  }

  /** A norm without hooks. */
  static NormLayer unwatched(Norm norm, Dim along, Weights weights, WeightName scale) {
    return of(norm, along, weights, scale, null, null);
  }

  /** A norm's output and its divisor [.., one]; the divisor is null if there is no norm. */
  record Normalized(@Nullable Tensor divisor, Tensor output) {}

  /** The output alone, by one kernel unless a plan watches the norm. */
  final Tensor forward(Tensor x, Trace trace) {
    return normalize(x, watcher(trace, divisor), watcher(trace, normalized));
  }

  /** The output and the divisor. */
  final Normalized normalize(Tensor x, Trace trace) {
    var seen = new Tensor[1];
    Tensor output =
        normalize(
            x,
            value -> seen[0] = divisor == null ? value : trace.visit(divisor, value),
            watcher(trace, normalized));
    return new Normalized(seen[0], output);
  }

  private static @Nullable UnaryOperator<Tensor> watcher(Trace trace, @Nullable HookKind kind) {
    return kind == null ? null : trace.watcher(kind);
  }

  Tensor normalize(
      Tensor x,
      @Nullable UnaryOperator<Tensor> onDivisor,
      @Nullable UnaryOperator<Tensor> onNormalized) {
    return x;
  }

  private static final class Real extends NormLayer {
    private final Dim along;
    private final boolean centred;
    private final double epsilon;
    private final @Nullable Tensor w;
    private final @Nullable Tensor b;

    Real(
        Weights weights,
        WeightName scale,
        Dim along,
        boolean centred,
        double epsilon,
        @Nullable HookKind divisor,
        @Nullable HookKind normalized) {
      super(divisor, normalized);
      this.along = along;
      this.centred = centred;
      this.epsilon = epsilon;
      w = weights.find(scale).orElse(null);
      b = centred ? scale.shift().flatMap(weights::find).orElse(null) : null;
    }

    @Override
    Tensor normalize(
        Tensor x,
        @Nullable UnaryOperator<Tensor> onDivisor,
        @Nullable UnaryOperator<Tensor> onNormalized) {
      return Fused.norm(x, along, centred, epsilon, w, b, ONE, onDivisor, onNormalized);
    }
  }
}
