package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.LAYER;
import static dev.fresnel.hook.Dims.ONE;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.model.WeightKind.B_O;
import static dev.fresnel.model.WeightKind.B_U;
import static dev.fresnel.model.WeightKind.LN1_POST_W;
import static dev.fresnel.model.WeightKind.LN2_POST_W;
import static dev.fresnel.model.WeightKind.LN_FINAL_B;
import static dev.fresnel.model.WeightKind.LN_FINAL_W;
import static dev.fresnel.model.WeightKind.W_E;
import static dev.fresnel.model.WeightKind.W_O;
import static dev.fresnel.model.WeightKind.W_OUT;
import static dev.fresnel.model.WeightKind.W_POS;
import static dev.fresnel.model.WeightKind.W_U;

import dev.fresnel.analysis.Attribution.Method;
import dev.fresnel.hook.HookKind;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.WeightName;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A logit at some positions of a text, read part by part: each part's vector times the direction of
 * the residual stream that the logit reads, divided by what the norms divide by. A direction is the
 * same at all positions, unless each has a token of its own; so weights are read once.
 */
final class LogitReading {
  private static final String PLAN = "LogitAttribution.plan(model)";
  private static final String NEURON_PLAN = "LogitAttribution.neuronPlan(model)";

  private final Cells cells;
  private final Transformer model;
  private final Method method;

  /** What the logit reads of the final norm's output, [d_model] or [pos, d_model]. */
  private final Tensor column;

  /** The unembedding's bias, [] or [pos]. */
  private final Tensor bias;

  /** The same direction before the final norm, whose divisor is left out. */
  private final Tensor direction;

  /** What the final norm divided by [pos]; null where that counts nothing. */
  private final @Nullable Tensor divisor;

  private LogitReading(Cells cells, Tensor column, Tensor bias, Method method) {
    this.cells = cells;
    this.model = cells.run().model();
    this.column = column;
    this.bias = bias;
    this.method = method;
    cells.run().normalized();
    direction =
        method == Method.DIRECT
            ? before(model.config().norm(), LN_FINAL_W.inModel(), column)
            : column;
    divisor =
        model.config().norm() instanceof Norm.None || method == Method.WORKSHOP
            ? null
            : cells.of(cells.run().finalScale()).squeeze(ONE);
  }

  /** One target at all of the positions. */
  static LogitReading of(Cells cells, LogitTarget target, Method method) {
    var model = cells.run().model();
    Tensor column = target.column(model);
    Tensor bias = Tensor.full(Shape.SCALAR, target.bias(model));
    return new LogitReading(cells, column, bias, method);
  }

  /** A token of its own at each of the positions. */
  static LogitReading ofEach(Cells cells, int[] ids) {
    var model = cells.run().model();
    IntStream.of(ids).forEach(id -> LogitTarget.requirePredicted(model, id));
    long[] columns = IntStream.of(ids).asLongStream().toArray();
    Tensor column = model.weight(W_U.inModel()).gather(D_VOCAB, columns).rename(D_VOCAB, POS);
    Tensor bias =
        model.has(B_U.inModel())
            ? model.weight(B_U.inModel()).gather(D_VOCAB, columns).rename(D_VOCAB, POS)
            : Tensor.full(Shape.of(POS, ids.length), 0);
    return new LogitReading(cells, column.order(POS, D_MODEL), bias, Method.DIRECT);
  }

  /**
   * A direction of a norm's input that gives the same product as a direction of its output, but for
   * the divisor. The norm is linear, because that is held.
   */
  private Tensor before(Norm norm, WeightName weight, Tensor along) {
    if (norm instanceof Norm.None) {
      return along;
    }
    Tensor read = model.has(weight) ? along.times(model.weight(weight)) : along;
    return norm instanceof Norm.Layer ? read.minus(read.mean(D_MODEL)) : read;
  }

  /** Divides shares [.., pos] by what the final norm divided by. */
  private Tensor scaled(Tensor shares) {
    return divisor == null ? shares : shares.dividedBy(divisor);
  }

  private boolean hasNormBehind() {
    return !(model.config().normBehind() instanceof Norm.None) && method == Method.DIRECT;
  }

  /**
   * The direction for what a layer's attention or MLP writes, before the norm behind it, if any.
   */
  private Tensor behind(WeightName weight) {
    return hasNormBehind() ? before(model.config().normBehind(), weight, direction) : direction;
  }

  /** The shares by the direction of {@link #behind}, divided by what that norm divided by. */
  private Tensor throughNormBehind(Tensor shares, HookKind divisor, int layer, String plan) {
    return hasNormBehind()
        ? shares.dividedBy(cells.of(divisor.at(layer), plan).squeeze(ONE))
        : shares;
  }

  // ---- heads ----

  /** [layer][head][position]. */
  double[][][] heads() {
    Tensor added = method == Method.WORKSHOP ? bias : Tensor.full(Shape.SCALAR, 0);
    Tensor written = hasNormBehind() ? headsThroughNorms() : headsAtOnce();
    float[] flat = scaled(written).plus(added).order(LAYER, HEAD, POS).floats();
    int heads = model.heads();
    int count = cells.count();
    double[][][] scores = new double[model.layers()][heads][count];
    for (int i = 0; i < flat.length; i++) {
      scores[i / count / heads][i / count % heads][i % count] = flat[i];
    }
    return scores;
  }

  private Tensor headsAtOnce() {
    var mixed = new ArrayList<Tensor>();
    for (int layer = 0; layer < model.layers(); layer++) {
      mixed.add(cells.of(HookKind.Z.at(layer), PLAN));
    }
    return Tensor.stack(LAYER, mixed)
        .times(Tensor.stack(LAYER, model.outputsAlong(direction)))
        .sum(D_HEAD);
  }

  private Tensor headsThroughNorms() {
    var shares = new ArrayList<Tensor>();
    for (int layer = 0; layer < model.layers(); layer++) {
      Tensor read = model.weight(W_O.at(layer)).dot(behind(LN1_POST_W.at(layer)), D_MODEL);
      Tensor written = cells.of(HookKind.Z.at(layer), PLAN).times(read).sum(D_HEAD);
      shares.add(throughNormBehind(written, HookKind.LN1_POST_SCALE, layer, PLAN).order(POS, HEAD));
    }
    return Tensor.stack(LAYER, shares);
  }

  // ---- neurons ----

  /** What each neuron of a layer adds at the first position. */
  float[] neurons(int layer) {
    Tensor read = model.weight(W_OUT.at(layer)).dot(behind(LN2_POST_W.at(layer)), D_MODEL);
    Tensor written = cells.of(HookKind.MLP_POST.at(layer), NEURON_PLAN).times(read);
    return scaled(throughNormBehind(written, HookKind.LN2_POST_SCALE, layer, NEURON_PLAN))
        .select(POS, 0)
        .floats();
  }

  // ---- everything else ----

  /**
   * The shares of everything except the heads, by name and position. MLPs that were not captured
   * are what remains of the logit.
   */
  Map<String, double[]> others(double[][][] heads) {
    var others = new LinkedHashMap<String, double[]>();
    others.put("embed", read(embedded()));
    if (model.config().positional() instanceof Positional.Learned) {
      int first = cells.first();
      others.put(
          "pos_embed",
          read(model.weight(W_POS.inModel()).slice(POS, first, first + cells.count())));
    }
    double[] biases = sum(attentionBiases(), ofNorm());
    others.putAll(mlps(others, heads, biases));
    others.put("bias", sum(biases, shares(bias)));
    return others;
  }

  /** The embedding as it entered the residual stream; a plain one is a row of W_E. */
  private Tensor embedded() {
    boolean plain = model.config().embeddingNorm() instanceof Norm.None;
    if (!plain || cells.run().cache().has(HookKind.EMBED.inModel())) {
      return cells.of(HookKind.EMBED.inModel(), PLAN);
    }
    long[] ids = cells.tokens().stream().mapToLong(token -> token.id()).toArray();
    return model.weight(W_E.inModel()).gather(D_VOCAB, ids).rename(D_VOCAB, POS);
  }

  /** What vectors [pos, d_model] of the residual stream add. */
  private double[] read(Tensor vectors) {
    return shares(scaled(vectors.dot(direction, D_MODEL)));
  }

  /** What is the same at each position, or not: [] or [pos], as numbers by position. */
  private double[] shares(Tensor numbers) {
    double[] shares = new double[cells.count()];
    float[] floats = numbers.floats();
    for (int i = 0; i < shares.length; i++) {
      shares[i] = floats[floats.length == 1 ? 0 : i];
    }
    return shares;
  }

  private static double[] sum(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] + b[i]).toArray();
  }

  private double[] attentionBiases() {
    var biases = new ArrayList<Tensor>();
    for (int layer = 0; layer < model.layers(); layer++) {
      var name = B_O.at(layer);
      if (model.has(name) && hasNormBehind()) {
        Tensor share = model.weight(name).dot(behind(LN1_POST_W.at(layer)), D_MODEL);
        biases.add(throughNormBehind(share, HookKind.LN1_POST_SCALE, layer, PLAN));
      } else if (model.has(name)) {
        biases.add(model.weight(name));
      }
    }
    if (biases.isEmpty()) {
      return new double[cells.count()];
    }
    Tensor sum = Tensor.stack(LAYER, biases).sum(LAYER);
    return shares(scaled(hasNormBehind() ? sum : sum.dot(direction, D_MODEL)));
  }

  /** What the final norm's shift adds. */
  private double[] ofNorm() {
    return model.has(LN_FINAL_B.inModel())
        ? shares(model.weight(LN_FINAL_B.inModel()).dot(column, D_MODEL))
        : new double[cells.count()];
  }

  private Map<String, double[]> mlps(
      Map<String, double[]> embeddings, double[][][] heads, double[] biases) {
    var mlps = new LinkedHashMap<String, double[]>();
    if (model.config().attentionOnly()) {
      return mlps;
    }
    var cache = cells.run().cache();
    if (IntStream.range(0, model.layers()).allMatch(l -> cache.has(HookKind.MLP_OUT.at(l)))) {
      var outputs = new ArrayList<Tensor>();
      for (int layer = 0; layer < model.layers(); layer++) {
        outputs.add(cells.of(HookKind.MLP_OUT.at(layer), PLAN));
      }
      Tensor written = scaled(Tensor.stack(LAYER, outputs).dot(direction, D_MODEL));
      float[] flat = written.order(LAYER, POS).floats();
      for (int layer = 0; layer < model.layers(); layer++) {
        double[] shares = new double[cells.count()];
        for (int i = 0; i < shares.length; i++) {
          shares[i] = flat[layer * shares.length + i];
        }
        mlps.put("L" + layer + " mlp", shares);
      }
      return mlps;
    }
    double[] rest = read(cells.of(cells.run().residual()));
    var known = new ArrayList<>(embeddings.values());
    Arrays.stream(heads).forEach(layer -> known.addAll(List.of(layer)));
    known.add(biases);
    double[] ofNorm = ofNorm();
    for (int i = 0; i < rest.length; i++) {
      rest[i] += ofNorm[i];
      for (double[] part : known) {
        rest[i] -= part[i];
      }
    }
    mlps.put("mlps", rest);
    return mlps;
  }

  // ---- the logit itself ----

  /** The logits by position: one column of the unembedding is enough for one logit. */
  double[] logits() {
    Tensor read = cells.of(cells.run().normalized()).dot(column, D_MODEL);
    return shares(read.plus(bias));
  }
}
