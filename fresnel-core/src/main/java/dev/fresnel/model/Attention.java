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

import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Affine;
import dev.fresnel.tensor.AttentionKernels;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The attention heads of one layer. */
final class Attention {
  /** What queries, keys and values are computed from; one tensor unless a plan parts them. */
  record Inputs(Tensor q, Tensor k, Tensor v) {}

  /** Queries [batch, pos, head, d_head]; keys and values [batch, pos, kv_head, d_head]. */
  private record Projections(Tensor q, Tensor k, Tensor v) {}

  private final Affine toQueries;
  private final Affine toKeys;
  private final Affine toValues;
  private final Tensor wO;
  private final @Nullable Tensor bO;
  private final double factor;
  private final int headsPerKey;

  Attention(ModelConfig config, Weights weights, int layer) {
    String name = "blocks." + layer + ".attn.";
    toQueries = layer(weights, name, "_Q");
    toKeys = layer(weights, name, "_K");
    toValues = layer(weights, name, "_V");
    wO = weights.forProduct(name + "W_O", HEAD, D_HEAD);
    bO = weights.find(name + "b_O").orElse(null);
    factor = 1 / config.attending(layer).divisor();
    headsPerKey = config.sizes().heads() / config.sizes().keyValueHeads();
  }

  private static Affine layer(Weights weights, String name, String letter) {
    return new Affine(
        weights.forProduct(name + "W" + letter, D_MODEL),
        weights.find(name + "b" + letter).orElse(null));
  }

  /** [batch, pos, d_model] to what the heads add to the residual stream, bias included. */
  Tensor forward(Inputs in, Pass pass) {
    Trace trace = pass.trace();
    Projections projections = projected(in);
    Tensor q = trace.visit(Q, projections.q);
    Tensor k = trace.visit(K, projections.k);
    Tensor v = trace.visit(V, projections.v);
    if (pass.rotary() != null) {
      q = trace.visit(ROT_Q, pass.rotary().turn(q));
      k = trace.visit(ROT_K, pass.rotary().turn(k));
    }
    Tensor z = trace.visit(Z, mixed(q, k, v, pass).rename(QUERY, POS).order(Z.dims()));
    return output(z, trace);
  }

  /**
   * Values mixed by attention [.., query, .., d_head]: fused, unless someone watches the scores.
   */
  private Tensor mixed(Tensor q, Tensor k, Tensor v, Pass pass) {
    Trace trace = pass.trace();
    Tensor queries = q.rename(POS, QUERY);
    var atOnce = patternAtOnce(queries, k, pass);
    if (atOnce.isEmpty() && !pass.showsPatterns()) {
      return queries.attendCausally(perHead(k), perHead(v), QUERY, KEY, D_HEAD, factor);
    }
    Tensor pattern =
        trace.visit(PATTERN, atOnce.orElseGet(() -> patternStepByStep(queries, k, pass)));
    return AttentionKernels.mixed(pattern, v.rename(POS, KEY))
        .orElseGet(() -> pattern.dot(perHead(v), KEY));
  }

  private Optional<Tensor> patternAtOnce(Tensor queries, Tensor k, Pass pass) {
    boolean stepByStep = pass.trace().wants(ATTN_SCORES) || pass.padded();
    return stepByStep
        ? Optional.empty()
        : pass.mask()
            .flatMap(mask -> AttentionKernels.pattern(queries, k.rename(POS, KEY), mask, factor));
  }

  private Tensor patternStepByStep(Tensor queries, Tensor k, Pass pass) {
    Tensor mask = pass.mask().orElseThrow().to(queries.dtype());
    Tensor scores = queries.times(factor).dot(perHead(k), D_HEAD).plus(mask);
    Tensor pattern = pass.trace().visit(ATTN_SCORES, scores).softmax(KEY);
    return pass.padded() ? pattern.nanToZero() : pattern;
  }

  /** Keys or values [batch, key, head, d_head], each shared one repeated for its heads. */
  private Tensor perHead(Tensor keys) {
    return keys.repeatEach(KV_HEAD, headsPerKey).rename(KV_HEAD, HEAD).rename(POS, KEY);
  }

  /** What reads the same input is computed together. */
  private Projections projected(Inputs in) {
    if (in.q.has(HEAD)) {
      return new Projections(
          eachProjected(in.q, toQueries, HEAD),
          eachProjected(in.k, toKeys, KV_HEAD),
          eachProjected(in.v, toValues, KV_HEAD));
    }
    if (in.q == in.v) {
      var all = in.q.affine(List.of(toQueries, toKeys, toValues), D_MODEL);
      return new Projections(all.get(0), all.get(1), all.get(2));
    }
    var both = in.q.affine(List.of(toQueries, toKeys), D_MODEL);
    return new Projections(
        both.get(0), both.get(1), in.v.affine(List.of(toValues), D_MODEL).get(0));
  }

  /** Each head reads an input of its own. */
  private static Tensor eachProjected(Tensor x, Affine layer, Dim heads) {
    Tensor product = x.dot(layer.weight(), D_MODEL).order(BATCH, POS, heads, D_HEAD);
    return layer.bias() == null ? product : product.plus(layer.bias());
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
