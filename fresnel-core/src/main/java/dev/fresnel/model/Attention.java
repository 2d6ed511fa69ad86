package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KEY;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.Dims.QUERY;
import static dev.fresnel.hook.HookKind.ATTN_SCORES;
import static dev.fresnel.hook.HookKind.K;
import static dev.fresnel.hook.HookKind.PATTERN;
import static dev.fresnel.hook.HookKind.Q;
import static dev.fresnel.hook.HookKind.RESULT;
import static dev.fresnel.hook.HookKind.ROT_K;
import static dev.fresnel.hook.HookKind.ROT_Q;
import static dev.fresnel.hook.HookKind.V;
import static dev.fresnel.hook.HookKind.Z;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The attention heads of one layer. */
final class Attention {
  /** What queries, keys and values are computed from; one tensor unless a plan parts them. */
  record Inputs(Tensor q, Tensor k, Tensor v) {}

  private final Tensor wQ;
  private final Tensor wK;
  private final Tensor wV;
  private final Tensor wO;
  private final @Nullable Tensor bQ;
  private final @Nullable Tensor bK;
  private final @Nullable Tensor bV;
  private final @Nullable Tensor bO;
  private final double factor;
  private final int headsPerKey;

  Attention(ModelConfig config, Weights weights, int layer) {
    String name = "blocks." + layer + ".attn.";
    wQ = weights.forProduct(name + "W_Q", D_MODEL);
    wK = weights.forProduct(name + "W_K", D_MODEL);
    wV = weights.forProduct(name + "W_V", D_MODEL);
    wO = weights.forProduct(name + "W_O", HEAD, D_HEAD);
    bQ = weights.find(name + "b_Q").orElse(null);
    bK = weights.find(name + "b_K").orElse(null);
    bV = weights.find(name + "b_V").orElse(null);
    bO = weights.find(name + "b_O").orElse(null);
    factor = config.attention().factor(layer);
    headsPerKey = config.sizes().heads() / config.sizes().keyValueHeads();
  }

  /** [batch, pos, d_model] to what the heads add to the residual stream, bias included. */
  Tensor forward(Inputs in, Pass pass) {
    Trace trace = pass.trace();
    Tensor q = trace.visit(Q, projected(in.q, wQ, bQ, HEAD));
    Tensor k = trace.visit(K, projected(in.k, wK, bK, KV_HEAD));
    if (pass.rotary() != null) {
      q = trace.visit(ROT_Q, pass.rotary().turn(q));
      k = trace.visit(ROT_K, pass.rotary().turn(k));
    }
    Tensor z = trace.visit(Z, mixed(q, k, in.v, pass).rename(QUERY, POS).order(Z.dims()));
    return output(z, trace);
  }

  /**
   * Values mixed by attention [.., query, .., d_head]: fused, unless someone watches the scores.
   */
  private Tensor mixed(Tensor q, Tensor k, Tensor valueInput, Pass pass) {
    Trace trace = pass.trace();
    Tensor queries = q.rename(POS, QUERY);
    Tensor keys = perHead(k);
    var mask = pass.mask();
    if (mask.isEmpty()) {
      Tensor values = perHead(trace.visit(V, projected(valueInput, wV, bV, KV_HEAD)));
      return queries.attendCausally(keys, values, QUERY, KEY, D_HEAD, factor);
    }
    Tensor scores = queries.times(factor).dot(keys, D_HEAD).plus(mask.get().to(q.dtype()));
    Tensor pattern = trace.visit(ATTN_SCORES, scores).softmax(KEY);
    pattern = trace.visit(PATTERN, pass.padded() ? pattern.nanToZero() : pattern);
    Tensor values = perHead(trace.visit(V, projected(valueInput, wV, bV, KV_HEAD)));
    return pattern.dot(values, KEY);
  }

  /** Keys or values [batch, key, head, d_head], each shared one repeated for its heads. */
  private Tensor perHead(Tensor keys) {
    return keys.repeatEach(KV_HEAD, headsPerKey).rename(KV_HEAD, HEAD).rename(POS, KEY);
  }

  private static Tensor projected(Tensor x, Tensor w, @Nullable Tensor b, Dim heads) {
    if (!x.has(heads)) {
      return x.affine(w, b, D_MODEL);
    }
    Tensor product = x.dot(w, D_MODEL).order(BATCH, POS, heads, D_HEAD);
    return b == null ? product : product.plus(b);
  }

  private Tensor output(Tensor z, Trace trace) {
    if (!trace.wants(RESULT)) {
      return z.affine(wO, bO, HEAD, D_HEAD);
    }
    Tensor sum = trace.visit(RESULT, result(z)).sum(HEAD);
    return bO == null ? sum : sum.plus(bO);
  }

  /** What each head adds to the residual stream [batch, pos, head, d_model]. */
  Tensor result(Tensor z) {
    return z.dot(wO, D_HEAD).order(RESULT.dims());
  }
}
