package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.ONE;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.model.WeightKind.B_O;
import static dev.fresnel.model.WeightKind.LN1_POST_W;
import static dev.fresnel.model.WeightKind.LN2_POST_W;
import static dev.fresnel.model.WeightKind.W_E;
import static dev.fresnel.model.WeightKind.W_O;
import static dev.fresnel.model.WeightKind.W_OUT;
import static dev.fresnel.model.WeightKind.W_POS;
import static java.util.Objects.requireNonNull;

import dev.fresnel.analysis.Attribution.Method;
import dev.fresnel.hook.HookKind;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Parallel;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
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
 * the residual stream that the logit reads. Where all positions have the same direction, weights
 * are read once.
 */
final class LogitReading {
  private static final Dim LAYER = new Dim("layer");
  private static final String PLAN = "LogitAttribution.plan(model)";
  private static final String NEURON_PLAN = "LogitAttribution.neuronPlan(model)";

  private final LogitDirection direction;
  private final Cells cells;
  private final Transformer model;
  private final Method method;

  LogitReading(LogitDirection direction) {
    this.direction = direction;
    cells = direction.cells();
    model = cells.run().model();
    method = direction.method();
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
    parts.add(() -> add(logits, 1, direction.logits()));
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
    if (direction.hasNormBehind()) {
      Captured.whole(cells.run(), HookKind.LN1_POST_SCALE.at(layer), PLAN);
    }
    if (byMlp) {
      Captured.whole(cells.run(), HookKind.MLP_OUT.at(layer), PLAN);
    }
  }

  /** What the parts of some layers add. */
  private Layer[] layers(int from, int to, boolean byMlp) {
    Tensor directions =
        direction.hasNormBehind()
            ? Tensor.stack(LAYER, each(from, to, l -> direction.behind(LN1_POST_W.at(l))))
            : direction.vector();
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
    if (direction.hasNormBehind()) {
      var divisors =
          each(from, to, l -> cells.of(HookKind.LN1_POST_SCALE.at(l), PLAN).squeeze(ONE));
      shares = written.dividedBy(Tensor.stack(LAYER, divisors));
    }
    return floats(shares);
  }

  private float[] mlps(int from, int to) {
    var written = each(from, to, layer -> cells.inCache(HookKind.MLP_OUT.at(layer), PLAN));
    return floats(VectorProducts.of(LAYER, written, direction.vector(), D_MODEL));
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
    if (method == Method.WORKSHOP || each(from, to, B_O::at).stream().noneMatch(model::has)) {
      return shares;
    }
    var biases = each(from, to, this::attentionBias);
    float[] found = byLayer(VectorProducts.of(LAYER, biases, directions, D_MODEL), from, to);
    for (int i = 0; i < shares.length; i++) {
      shares[i] = found[found.length == shares.length ? i : i / cells.count()];
    }
    return shares;
  }

  private Tensor attentionBias(int layer) {
    var name = B_O.at(layer);
    return model.has(name)
        ? model.weight(name)
        : Tensor.full(Shape.of(D_MODEL, model.config().sizes().dModel()), 0)
            .to(direction.vector().dtype());
  }

  /** One layer of numbers by layer. */
  private Layer layer(int index, float[] heads, float @Nullable [] mlps, float[] biases) {
    var byHead = new double[model.heads()][];
    for (int head = 0; head < byHead.length; head++) {
      byHead[head] = direction.scaled(part(heads, index * byHead.length + head));
      if (method == Method.WORKSHOP) {
        add(byHead[head], 1, direction.bias());
      }
    }
    return new Layer(
        byHead,
        mlps == null ? null : direction.scaled(part(mlps, index)),
        direction.scaled(part(biases, index)));
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
    Tensor read =
        model.weight(W_OUT.at(layer)).dot(direction.behind(LN2_POST_W.at(layer)), D_MODEL);
    Tensor written = cells.of(HookKind.MLP_POST.at(layer), NEURON_PLAN).times(read);
    Tensor shares =
        direction.hasNormBehind()
            ? written.dividedBy(
                cells.of(HookKind.LN2_POST_SCALE.at(layer), NEURON_PLAN).squeeze(ONE))
            : written;
    return direction.scaled(shares.select(POS, 0).floats(), 0);
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
    others.put("bias", add(add(direction.bias(), 1, direction.ofNorm()), 1, biases));
    return others;
  }

  private Map<String, double[]> embeddings() {
    var embeddings = new LinkedHashMap<String, double[]>();
    embeddings.put("embed", direction.read(embedded()));
    if (model.config().positional() instanceof Positional.Learned) {
      int first = cells.first();
      Tensor vectors = model.weight(W_POS.inModel()).slice(POS, first, first + cells.count());
      embeddings.put("pos_embed", direction.read(vectors));
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

  private static double[] add(double[] sums, int factor, double[] more) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += factor * more[i];
    }
    return sums;
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
    double[] rest = direction.read(cells.of(cells.run().residual()));
    embeddings.values().forEach(part -> add(rest, -1, part));
    layers.forEach(layer -> Arrays.stream(layer.heads).forEach(head -> add(rest, -1, head)));
    return Map.of("mlps", add(rest, -1, biases));
  }
}
