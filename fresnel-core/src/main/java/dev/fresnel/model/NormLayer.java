package dev.fresnel.model;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.ONE;

import dev.fresnel.hook.HookKind;
import dev.fresnel.model.ModelConfig.Norm;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A norm over d_model, with the two places where it can be watched. Like TransformerLens, a layer norm
 * shows its output as normalized, an RMS norm what it has before its weights.
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

  Tensor forward(Tensor x, Trace trace) {
    if (norm instanceof Norm.Layer layer) {
      Tensor precise = precise(x);
      Tensor centred = precise.minus(precise.mean(D_MODEL));
      Tensor normalized = divided(centred, layer.epsilon(), trace);
      return trace.visit(normalizedHook, shifted(scaled(normalized))).to(x.dtype());
    }
    if (norm instanceof Norm.Rms rms) {
      Tensor normalized = divided(precise(x), rms.epsilon(), trace);
      return scaled(trace.visit(normalizedHook, normalized)).to(x.dtype());
    }
    return x;
  }

  /** Norms of half-precision numbers are computed in float32. */
  private static Tensor precise(Tensor x) {
    return x.dtype() == DType.FLOAT64 ? x : x.to(DType.FLOAT32);
  }

  private Tensor divided(Tensor x, double epsilon, Trace trace) {
    Tensor scale = x.square().mean(D_MODEL).plus(epsilon).sqrt();
    return x.dividedBy(trace.visit(scaleHook, scale.unsqueeze(ONE)).squeeze(ONE));
  }

  private Tensor scaled(Tensor x) {
    return w == null ? x : x.times(w);
  }

  private Tensor shifted(Tensor x) {
    return b == null ? x : x.plus(b);
  }
}
