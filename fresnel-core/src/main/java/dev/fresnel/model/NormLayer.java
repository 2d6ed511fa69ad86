package dev.fresnel.model;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.ONE;

import dev.fresnel.hook.HookKind;
import dev.fresnel.model.config.Norm;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.FusedNorm;
import dev.fresnel.tensor.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A norm over d_model, with the two places where it can be watched. Like TransformerLens, a layer
 * norm shows its output as normalized, an RMS norm what it has before its weights.
 */
final class NormLayer {
  private final Norm norm;
  private final @Nullable Tensor w;
  private final @Nullable Tensor b;
  private final HookKind scaleHook;
  private final HookKind normalizedHook;

  NormLayer(Norm norm, Weights weights, String name, HookKind scaleHook, HookKind normalizedHook) {
    this.norm = norm;
    this.w = weights.find(name + ".w").orElse(null);
    this.b = weights.find(name + ".b").orElse(null);
    this.scaleHook = scaleHook;
    this.normalizedHook = normalizedHook;
  }

  /**
   * What a norm gives: the output, and what it divided by [.., one] (none where there is no norm).
   */
  record Normalized(@Nullable Tensor scale, Tensor output) {}

  /** The output alone: in one kernel, where nobody watches what is on the way. */
  Tensor forward(Tensor x, Trace trace) {
    return fused(x, trace).orElseGet(() -> normalize(x, trace).output());
  }

  private Optional<Tensor> fused(Tensor x, Trace trace) {
    if (trace.wants(scaleHook, normalizedHook)) {
      return Optional.empty();
    }
    if (norm instanceof Norm.Layer layer) {
      return FusedNorm.of(x, D_MODEL, true, layer.epsilon(), w, b);
    }
    if (norm instanceof Norm.Rms rms) {
      return FusedNorm.of(x, D_MODEL, false, rms.epsilon(), w, null);
    }
    return Optional.empty();
  }

  Normalized normalize(Tensor x, Trace trace) {
    if (norm instanceof Norm.Layer layer) {
      Tensor precise = precise(x);
      Tensor centred = precise.minus(precise.mean(D_MODEL));
      Tensor scale = scale(centred, layer.epsilon(), trace);
      Tensor shifted = shifted(scaled(centred.dividedBy(scale.squeeze(ONE))));
      return new Normalized(scale, trace.visit(normalizedHook, shifted).to(x.dtype()));
    }
    if (norm instanceof Norm.Rms rms) {
      Tensor precise = precise(x);
      Tensor scale = scale(precise, rms.epsilon(), trace);
      Tensor divided = trace.visit(normalizedHook, precise.dividedBy(scale.squeeze(ONE)));
      return new Normalized(scale, scaled(divided).to(x.dtype()));
    }
    return new Normalized(null, x);
  }

  /** Norms of half-precision numbers are computed in float32. */
  private static Tensor precise(Tensor x) {
    return x.dtype() == DType.FLOAT64 ? x : x.to(DType.FLOAT32);
  }

  private Tensor scale(Tensor x, double epsilon, Trace trace) {
    return trace.visit(scaleHook, x.square().mean(D_MODEL).plus(epsilon).sqrt().unsqueeze(ONE));
  }

  private Tensor scaled(Tensor x) {
    return w == null ? x : x.times(w);
  }

  private Tensor shifted(Tensor x) {
    return b == null ? x : x.plus(b);
  }
}
