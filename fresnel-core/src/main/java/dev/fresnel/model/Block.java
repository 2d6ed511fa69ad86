package dev.fresnel.model;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.ATTN_IN;
import static dev.fresnel.hook.HookKind.ATTN_OUT;
import static dev.fresnel.hook.HookKind.K_INPUT;
import static dev.fresnel.hook.HookKind.LN1_NORMALIZED;
import static dev.fresnel.hook.HookKind.LN1_POST_NORMALIZED;
import static dev.fresnel.hook.HookKind.LN1_POST_SCALE;
import static dev.fresnel.hook.HookKind.LN1_SCALE;
import static dev.fresnel.hook.HookKind.LN2_NORMALIZED;
import static dev.fresnel.hook.HookKind.LN2_POST_NORMALIZED;
import static dev.fresnel.hook.HookKind.LN2_POST_SCALE;
import static dev.fresnel.hook.HookKind.LN2_SCALE;
import static dev.fresnel.hook.HookKind.MLP_IN;
import static dev.fresnel.hook.HookKind.MLP_OUT;
import static dev.fresnel.hook.HookKind.Q_INPUT;
import static dev.fresnel.hook.HookKind.RESID_MID;
import static dev.fresnel.hook.HookKind.RESID_POST;
import static dev.fresnel.hook.HookKind.RESID_PRE;
import static dev.fresnel.hook.HookKind.V_INPUT;
import static dev.fresnel.model.WeightKind.LN1_POST_W;
import static dev.fresnel.model.WeightKind.LN1_W;
import static dev.fresnel.model.WeightKind.LN2_POST_W;
import static dev.fresnel.model.WeightKind.LN2_W;

import dev.fresnel.hook.HookKind;
import dev.fresnel.model.config.BlockOrder;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** One layer: attention and an MLP. Each reads the residual stream and adds to it. */
final class Block {
  private final NormLayer ln1;
  private final Attention attention;
  private final NormLayer ln1Post;
  private final NormLayer ln2;
  private final @Nullable MlpLayer mlp;
  private final NormLayer ln2Post;
  private final boolean parallel;
  private final Sizes sizes;

  Block(ModelConfig config, Weights weights, int layer) {
    Norm behind = config.normBehind();
    sizes = config.sizes();
    ln1 = norm(config.norm(), weights, LN1_W.at(layer), LN1_SCALE, LN1_NORMALIZED);
    attention = new Attention(config, weights, layer);
    ln1Post = norm(behind, weights, LN1_POST_W.at(layer), LN1_POST_SCALE, LN1_POST_NORMALIZED);
    ln2 = norm(config.norm(), weights, LN2_W.at(layer), LN2_SCALE, LN2_NORMALIZED);
    mlp = config.attentionOnly() ? null : MlpLayer.of(config.mlp(), weights, layer);
    ln2Post = norm(behind, weights, LN2_POST_W.at(layer), LN2_POST_SCALE, LN2_POST_NORMALIZED);
    parallel = config.order() == BlockOrder.PARALLEL;
  }

  private static NormLayer norm(
      Norm norm, Weights weights, WeightName scale, HookKind divisor, HookKind normalized) {
    return NormLayer.of(norm, D_MODEL, weights, scale, divisor, normalized);
  }

  Attention attention() {
    return attention;
  }

  /**
   * The residual stream behind the block.
   *
   * @param lastAlone whether to compute it at the last position alone [batch, pos 1, d_model], in a
   *     block in which nothing but {@code hook_resid_pre} is watched
   */
  Tensor forward(Tensor residual, Pass pass, boolean lastAlone) {
    Tensor x = pass.trace().visit(RESID_PRE, residual);
    return lastAlone ? atLast(x, pass) : behind(x, pass);
  }

  /** Positions before the last one only give keys and values. */
  private Tensor atLast(Tensor x, Pass pass) {
    var read = attention.keysAndValues(inputs(x, pass), pass);
    long length = x.size(POS);
    return behind(x.slice(POS, length - 1, length).copy(), pass.ofLast(read));
  }

  private Tensor behind(Tensor x, Pass pass) {
    Trace trace = pass.trace();
    Tensor attended = ln1Post.forward(attention.forward(inputs(x, pass), pass), trace);
    Tensor mid = x.plus(trace.visit(ATTN_OUT, attended));
    if (mlp == null) {
      return trace.visit(RESID_POST, mid);
    }
    Tensor read = parallel ? x : trace.visit(RESID_MID, mid);
    Tensor normalized = ln2.forward(trace.visit(MLP_IN, read), trace);
    Tensor written = trace.visit(MLP_OUT, ln2Post.forward(mlp.forward(normalized, trace), trace));
    return trace.visit(RESID_POST, (parallel ? mid : read).plus(written));
  }

  private Attention.Inputs inputs(Tensor x, Pass pass) {
    Trace trace = pass.trace();
    Positions positions = pass.positions();
    if (!trace.watches(ATTN_IN, Q_INPUT, K_INPUT, V_INPUT)) {
      Tensor normalized = ln1.forward(x, trace);
      Tensor positioned = positions.addToQueriesAndKeys(normalized);
      return new Attention.Inputs(positioned, positioned, normalized);
    }
    Tensor perHead = trace.visit(ATTN_IN, repeated(x, HEAD, sizes.heads()));
    Tensor perKey =
        trace.watches(ATTN_IN)
            ? firstOfGroup(perHead)
            : repeated(x, KV_HEAD, sizes.keyValueHeads());
    Tensor q = trace.visit(Q_INPUT, perHead);
    Tensor k = trace.visit(K_INPUT, perKey);
    Tensor v = trace.visit(V_INPUT, perKey);
    return new Attention.Inputs(
        positions.addToQueriesAndKeys(ln1.forward(q, trace)),
        positions.addToQueriesAndKeys(ln1.forward(k, trace)),
        ln1.forward(v, trace));
  }

  /** Each key-value head reads the copy of the first query head of its group. */
  private Tensor firstOfGroup(Tensor perHead) {
    long group = sizes.heads() / sizes.keyValueHeads();
    long[] first = LongStream.range(0, sizes.keyValueHeads()).map(i -> i * group).toArray();
    return perHead.gather(HEAD, first).rename(HEAD, KV_HEAD);
  }

  private static Tensor repeated(Tensor x, Dim heads, long count) {
    var dims = heads.equals(HEAD) ? ATTN_IN.dims() : K_INPUT.dims();
    return x.plus(Tensor.full(Shape.of(heads, count), 0).to(x.dtype())).order(dims);
  }
}
