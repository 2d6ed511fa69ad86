package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
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
import static java.util.Objects.requireNonNull;

import dev.fresnel.analysis.Attribution.Method;
import dev.fresnel.hook.HookKind;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.WeightName;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Parallel;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.VectorProducts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A logit at some positions of a text, read part by part: each part's vector times the direction of
 * the residual stream that the logit reads, divided by what the norms divide by. A direction is the
 * same at all positions, unless each has a token of its own; so weights are read once.
 */
final class LogitReading {
  private static final Dim LAYER = new Dim("layer");
  private static final String PLAN = "LogitAttribution.plan(model)";
  private static final String NEURON_PLAN = "LogitAttribution.neuronPlan(model)";

  private final Cells cells;
  private final Transformer model;
  private final Method method;

  /** What the logit reads of the final norm's output, [d_model] or [pos, d_model]. */
  private final Tensor column;

  /** The unembedding's bias, by position. */
  private final double[] bias;

  /** The same direction before the final norm, whose divisor is left out. */
  private final Tensor direction;

  /** What the final norm divided by, by position; null where that counts nothing. */
  private final float @Nullable [] divisor;

  private LogitReading(Cells cells, Tensor column, double[] bias, Method method) {
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
            : cells.of(cells.run().finalScale()).floats();
  }

  /** One target at all of the positions. */
  static LogitReading of(Cells cells, LogitTarget target, Method method) {
    var model = cells.run().model();
    Tensor column = target.column(model).contiguous(); // W_U's columns may lie far apart
    var bias = new double[cells.count()];
    Arrays.fill(bias, target.bias(model));
    return new LogitReading(cells, column, bias, method);
  }

  /** A token of its own at each of the positions. */
  static LogitReading ofEach(Cells cells, int[] ids) {
    var model = cells.run().model();
    IntStream.of(ids).forEach(id -> LogitTarget.requirePredicted(model, id));
    long[] columns = IntStream.of(ids).asLongStream().toArray();
    Tensor column = model.weight(W_U.inModel()).gather(D_VOCAB, columns).rename(D_VOCAB, POS);
    float[] biases =
        model.has(B_U.inModel())
            ? model.weight(B_U.inModel()).gather(D_VOCAB, columns).floats()
            : new float[ids.length];
    double[] bias = IntStream.range(0, ids.length).mapToDouble(i -> biases[i]).toArray();
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
    return norm instanceof Norm.Layer ? centred(read) : read;
  }

  /** Vectors [d_model] or [pos, d_model], each less its mean. */
  private static Tensor centred(Tensor vectors) {
    float[] numbers = vectors.floats();
    int width = (int) vectors.size(D_MODEL);
    for (int from = 0; from < numbers.length; from += width) {
      double sum = 0;
      for (int i = from; i < from + width; i++) {
        sum += numbers[i];
      }
      for (int i = from; i < from + width; i++) {
        numbers[i] -= (float) (sum / width);
      }
    }
    return Tensor.of(vectors.shape(), numbers);
  }

  /** Divides shares by what the final norm divided by. */
  private double[] scaled(double[] shares) {
    for (int i = 0; divisor != null && i < shares.length; i++) {
      shares[i] /= divisor[i];
    }
    return shares;
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

  // ---- the shares ----

  /**
   * A logit's shares, by position.
   *
   * @param layers what the parts of each layer add
   * @param others everything except the heads, by name; empty for {@link Method#WORKSHOP}
   * @param logits the logits that they add up to
   */
  record Shares(List<Layer> layers, Map<String, double[]> others, double[] logits) {}

  /**
   * What the parts of a layer add.
   *
   * @param heads [head][position]
   * @param mlp by position; null if the run did not capture it
   * @param bias what the attention's bias adds, by position
   */
  record Layer(double[][] heads, double @Nullable [] mlp, double[] bias) {}

  /**
   * Reads everything. Each thread reads some of the layers, one operation after the other, each for
   * all of its layers: an operation's code is then still in the processor's cache.
   */
  Shares shares() {
    var cache = cells.run().cache();
    int count = model.layers();
    boolean byMlp =
        method == Method.DIRECT
            && !model.config().attentionOnly()
            && IntStream.range(0, count).allMatch(l -> cache.has(HookKind.MLP_OUT.at(l)));
    var layers = new Layer[count];
    var embeddings = new LinkedHashMap<String, double[]>();
    var logits = new double[cells.count()];
    var parts = new ArrayList<Runnable>();
    parts.add(() -> add(logits, 1, logits()));
    if (method == Method.DIRECT) {
      parts.add(() -> embeddings.putAll(embeddings()));
    }
    IntStream.range(0, count).forEach(layer -> requireCaptured(layer, byMlp));
    int groups = Math.min(count, Parallel.threads());
    for (int i = 0; i < groups; i++) {
      int from = count * i / groups;
      int to = count * (i + 1) / groups;
      parts.add(() -> System.arraycopy(layers(from, to, byMlp), 0, layers, from, to - from));
    }
    Parallel.forEach(
        parts,
        part -> {
          try (var scope = Scope.open()) {
            part.run();
          }
        },
        part -> {});
    var read = List.of(layers);
    var others = method == Method.DIRECT ? others(embeddings, read) : embeddings;
    return new Shares(read, others, logits);
  }

  /** Checks it here, so that the error names the first layer that lacks something. */
  private void requireCaptured(int layer, boolean byMlp) {
    Captured.whole(cells.run(), HookKind.Z.at(layer), PLAN);
    if (hasNormBehind()) {
      Captured.whole(cells.run(), HookKind.LN1_POST_SCALE.at(layer), PLAN);
    }
    if (byMlp) {
      Captured.whole(cells.run(), HookKind.MLP_OUT.at(layer), PLAN);
    }
  }

  /** What the parts of some layers add. */
  private Layer[] layers(int from, int to, boolean byMlp) {
    Tensor directions =
        hasNormBehind()
            ? Tensor.stack(LAYER, each(from, to, layer -> behind(LN1_POST_W.at(layer))))
            : direction;
    Tensor reads =
        VectorProducts.of(LAYER, each(from, to, l -> model.weight(W_O.at(l))), directions, D_MODEL);
    var z = each(from, to, layer -> cells.inCache(HookKind.Z.at(layer), PLAN));
    float[] heads = byLayer(VectorProducts.of(LAYER, z, reads, D_HEAD), from, to);
    float[] mlps = byMlp ? mlps(from, to) : null;
    float[] biases = attentionBiases(from, to, directions);
    return each(0, to - from, i -> layer(i, heads, mlps, biases)).toArray(Layer[]::new);
  }

  private static <T> List<T> each(int from, int to, IntFunction<T> work) {
    return IntStream.range(from, to).mapToObj(work).toList();
  }

  /** What heads write along a direction [layer, pos, ..], behind the norm of their layer if any. */
  private float[] byLayer(Tensor written, int from, int to) {
    Tensor shares = written;
    if (hasNormBehind()) {
      var divisors =
          each(from, to, l -> cells.of(HookKind.LN1_POST_SCALE.at(l), PLAN).squeeze(ONE));
      shares = written.dividedBy(Tensor.stack(LAYER, divisors));
    }
    return floats(shares);
  }

  private float[] mlps(int from, int to) {
    var written = each(from, to, layer -> cells.inCache(HookKind.MLP_OUT.at(layer), PLAN));
    return floats(VectorProducts.of(LAYER, written, direction, D_MODEL));
  }

  /** By layer, head and position, as far as there are these axes. */
  private static float[] floats(Tensor shares) {
    var order = new ArrayList<>(List.of(LAYER, HEAD, BATCH, POS));
    order.retainAll(shares.dims());
    return shares.order(order).floats();
  }

  /** What the attention's biases add, by layer and position. */
  private float[] attentionBiases(int from, int to, Tensor directions) {
    var shares = new float[(to - from) * cells.count()];
    if (method == Method.WORKSHOP || !model.has(B_O.at(from))) {
      return shares;
    }
    var biases = each(from, to, layer -> model.weight(B_O.at(layer)));
    float[] found = byLayer(VectorProducts.of(LAYER, biases, directions, D_MODEL), from, to);
    for (int i = 0; i < shares.length; i++) {
      shares[i] = found[found.length == shares.length ? i : i / cells.count()];
    }
    return shares;
  }

  /** One layer of numbers by layer. */
  private Layer layer(int index, float[] heads, float @Nullable [] mlps, float[] biases) {
    var byHead = new double[model.heads()][];
    for (int head = 0; head < byHead.length; head++) {
      byHead[head] = scaled(part(heads, index * byHead.length + head));
      if (method == Method.WORKSHOP) {
        add(byHead[head], 1, bias);
      }
    }
    return new Layer(
        byHead, mlps == null ? null : scaled(part(mlps, index)), scaled(part(biases, index)));
  }

  /** The numbers of all positions, from an index of parts on. */
  private double[] part(float[] numbers, int index) {
    var part = new double[cells.count()];
    for (int i = 0; i < part.length; i++) {
      part[i] = numbers[index * part.length + i];
    }
    return part;
  }

  // ---- neurons ----

  /** What each neuron of a layer adds at the first position. */
  float[] neurons(int layer) {
    Tensor read = model.weight(W_OUT.at(layer)).dot(behind(LN2_POST_W.at(layer)), D_MODEL);
    Tensor written = cells.of(HookKind.MLP_POST.at(layer), NEURON_PLAN).times(read);
    float[] shares =
        throughNormBehind(written, HookKind.LN2_POST_SCALE, layer, NEURON_PLAN)
            .select(POS, 0)
            .floats();
    for (int i = 0; divisor != null && i < shares.length; i++) {
      shares[i] /= divisor[0];
    }
    return shares;
  }

  // ---- everything else ----

  /** Everything except the heads. MLPs that were not captured are what remains of the logit. */
  private Map<String, double[]> others(Map<String, double[]> embeddings, List<Layer> layers) {
    var others = new LinkedHashMap<>(embeddings);
    double[] biases = new double[cells.count()];
    layers.forEach(layer -> add(biases, 1, layer.bias));
    if (!model.config().attentionOnly()) {
      others.putAll(
          layers.get(0).mlp == null ? mlpsTogether(embeddings, layers, biases) : mlps(layers));
    }
    others.put("bias", add(add(bias.clone(), 1, ofNorm()), 1, biases));
    return others;
  }

  private Map<String, double[]> embeddings() {
    var embeddings = new LinkedHashMap<String, double[]>();
    embeddings.put("embed", read(embedded()));
    if (model.config().positional() instanceof Positional.Learned) {
      int first = cells.first();
      Tensor vectors = model.weight(W_POS.inModel()).slice(POS, first, first + cells.count());
      embeddings.put("pos_embed", read(vectors));
    }
    return embeddings;
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
    return scaled(byPosition(vectors.dot(direction, D_MODEL)));
  }

  /** What is the same at each position, or not: [] or [pos], as numbers by position. */
  private double[] byPosition(Tensor numbers) {
    double[] shares = new double[cells.count()];
    float[] floats = numbers.floats();
    for (int i = 0; i < shares.length; i++) {
      shares[i] = floats[floats.length == 1 ? 0 : i];
    }
    return shares;
  }

  private static double[] add(double[] sums, int factor, double[] more) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += factor * more[i];
    }
    return sums;
  }

  /** What the final norm's shift adds. */
  private double[] ofNorm() {
    return model.has(LN_FINAL_B.inModel())
        ? byPosition(model.weight(LN_FINAL_B.inModel()).dot(column, D_MODEL))
        : new double[cells.count()];
  }

  private static Map<String, double[]> mlps(List<Layer> layers) {
    var mlps = new LinkedHashMap<String, double[]>();
    for (int layer = 0; layer < layers.size(); layer++) {
      mlps.put("L" + layer + " mlp", requireNonNull(layers.get(layer).mlp));
    }
    return mlps;
  }

  /** What remains of the residual stream's share when everything else is known. */
  private Map<String, double[]> mlpsTogether(
      Map<String, double[]> embeddings, List<Layer> layers, double[] biases) {
    double[] rest = read(cells.of(cells.run().residual()));
    embeddings.values().forEach(part -> add(rest, -1, part));
    layers.forEach(layer -> Arrays.stream(layer.heads).forEach(head -> add(rest, -1, head)));
    return Map.of("mlps", add(rest, -1, biases));
  }

  /** The logits by position: one column of the unembedding is enough for one logit. */
  private double[] logits() {
    Tensor read = cells.of(cells.run().normalized()).dot(column, D_MODEL);
    return add(byPosition(read), 1, bias);
  }
}
