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
import static dev.fresnel.hook.HookKind.V;
import static dev.fresnel.hook.HookKind.Z;
import static dev.fresnel.model.WeightKind.B_K;
import static dev.fresnel.model.WeightKind.B_O;
import static dev.fresnel.model.WeightKind.B_Q;
import static dev.fresnel.model.WeightKind.B_V;
import static dev.fresnel.model.WeightKind.K_NORM_W;
import static dev.fresnel.model.WeightKind.Q_NORM_W;
import static dev.fresnel.model.WeightKind.W_K;
import static dev.fresnel.model.WeightKind.W_O;
import static dev.fresnel.model.WeightKind.W_Q;
import static dev.fresnel.model.WeightKind.W_V;

import dev.fresnel.model.Past.KeysAndValues;
import dev.fresnel.model.config.Attending;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import dev.fresnel.tensor.internal.FusedAttention;
import java.util.List;

/** The attention heads of one layer. */
final class Attention {
  private static final FusedAttention HEADS =
      new FusedAttention(BATCH, QUERY, KEY, HEAD, KV_HEAD, D_HEAD);

  /** The inputs of queries, keys and values: one tensor, unless a plan watches them separately. */
  record Inputs(Tensor q, Tensor k, Tensor v) {}

  /** Queries [batch, pos, head, d_head]; keys and values [batch, pos, kv_head, d_head]. */
  private record Projections(Tensor q, Tensor k, Tensor v) {}

  private final int layer;
  private final Attending attending;
  private final Fused.Layer toQueries;
  private final Fused.Layer toKeys;
  private final Fused.Layer toValues;
  private final Fused.Layer toOutput;
  private final NormLayer queryNorm;
  private final NormLayer keyNorm;

  Attention(ModelConfig config, Weights weights, int layer) {
    this.layer = layer;
    attending = config.attending(layer);
    toQueries = weights.layer(W_Q, B_Q, layer);
    toKeys = weights.layer(W_K, B_K, layer);
    toValues = weights.layer(W_V, B_V, layer);
    toOutput = weights.layer(W_O, B_O, layer);
    queryNorm = NormLayer.unwatched(attending.queryKeyNorm(), D_HEAD, weights, Q_NORM_W.at(layer));
    keyNorm = NormLayer.unwatched(attending.queryKeyNorm(), D_HEAD, weights, K_NORM_W.at(layer));
  }

  /** Computes what the heads add to the residual stream [batch, pos, d_model], bias included. */
  Tensor forward(Inputs in, Pass pass) {
    Trace trace = pass.trace();
    Positions positions = pass.positions();
    Projections projections = projected(in);
    Tensor q = trace.visit(Q, projections.q);
    Tensor k = trace.visit(K, projections.k);
    Tensor v = trace.visit(V, projections.v);
    Tensor turned = positions.turnQueries(queryNorm.forward(q, trace));
    var read = read(k, v, pass);
    Tensor z = mixed(turned.rename(POS, QUERY), read, pass).rename(QUERY, POS).order(Z.dims());
    return output(trace.visit(Z, z), trace);
  }

  /** The keys and values of all positions, for a pass of later queries; nothing is watched. */
  KeysAndValues keysAndValues(Inputs in, Pass pass) {
    if (in.k == in.v) {
      var both = Fused.linear(in.k, List.of(toKeys, toValues), D_MODEL);
      return read(both.get(0), both.get(1), pass);
    }
    return read(Fused.linear(in.k, toKeys, D_MODEL), Fused.linear(in.v, toValues, D_MODEL), pass);
  }

  private KeysAndValues read(Tensor k, Tensor v, Pass pass) {
    Tensor keys = pass.positions().turnKeys(keyNorm.forward(k, pass.trace()));
    return pass.withPast(layer, new KeysAndValues(keys, v));
  }

  /**
   * The values mixed by attention [batch, query, head, d_head], by one fused operation unless a
   * plan watches scores or patterns.
   */
  private Tensor mixed(Tensor q, KeysAndValues read, Pass pass) {
    Trace trace = pass.trace();
    Tensor k = read.keys().rename(POS, KEY);
    Tensor v = read.values().rename(POS, KEY);
    var bias = pass.bias(attending.reach());
    double factor = 1 / attending.divisor();
    if (trace.watches(ATTN_SCORES, PATTERN)) {
      var scores = trace.watcher(ATTN_SCORES);
      Tensor pattern = HEADS.pattern(q, k, bias, factor, attending.cap(), scores);
      return HEADS.mix(trace.visit(PATTERN, pattern), v);
    }
    return HEADS.attend(q, k, v, bias, factor, attending.cap());
  }

  /** Queries, keys and values. Those that read the same input are computed together. */
  private Projections projected(Inputs in) {
    if (in.q.has(HEAD)) {
      return new Projections(
          eachProjected(in.q, toQueries, HEAD),
          eachProjected(in.k, toKeys, KV_HEAD),
          eachProjected(in.v, toValues, KV_HEAD));
    }
    if (in.q == in.v) {
      var all = Fused.linear(in.q, List.of(toQueries, toKeys, toValues), D_MODEL);
      return new Projections(all.get(0), all.get(1), all.get(2));
    }
    var both = Fused.linear(in.q, List.of(toQueries, toKeys), D_MODEL);
    return new Projections(both.get(0), both.get(1), Fused.linear(in.v, toValues, D_MODEL));
  }

  /** A projection in which each head reads its own input. */
  private static Tensor eachProjected(Tensor x, Fused.Layer to, Dim heads) {
    Tensor product = x.dot(to.weight(), D_MODEL).order(BATCH, POS, heads, D_HEAD);
    return to.bias() == null ? product : product.plus(to.bias());
  }

  private Tensor output(Tensor z, Trace trace) {
    if (!trace.watches(RESULT)) {
      return Fused.linear(z, toOutput, HEAD, D_HEAD);
    }
    Tensor sum = trace.visit(RESULT, result(z)).sum(HEAD);
    return toOutput.bias() == null ? sum : sum.plus(toOutput.bias());
  }

  /** What each head adds to the residual stream [batch, pos, head, d_model]. */
  Tensor result(Tensor z) {
    return z.dot(toOutput.weight(), D_HEAD).order(RESULT.dims());
  }

  /** The output projection {@code W_O} and its bias. */
  Fused.Layer output() {
    return toOutput;
  }
}
