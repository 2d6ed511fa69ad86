package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.ONE;
import static dev.fresnel.hook.HookKind.ATTN_OUT;
import static dev.fresnel.hook.HookKind.EMBED;
import static dev.fresnel.hook.HookKind.LN1_POST_SCALE;
import static dev.fresnel.hook.HookKind.LN1_SCALE;
import static dev.fresnel.hook.HookKind.LN2_POST_SCALE;
import static dev.fresnel.hook.HookKind.LN2_SCALE;
import static dev.fresnel.hook.HookKind.MLP_OUT;
import static dev.fresnel.hook.HookKind.MLP_POST;
import static dev.fresnel.hook.HookKind.POS_EMBED;
import static dev.fresnel.hook.HookKind.RESID_MID;
import static dev.fresnel.hook.HookKind.RESID_PRE;
import static dev.fresnel.hook.HookKind.Z;
import static dev.fresnel.model.WeightKind.B_O;
import static dev.fresnel.model.WeightKind.B_OUT;
import static dev.fresnel.model.WeightKind.LN1_POST_W;
import static dev.fresnel.model.WeightKind.LN2_POST_W;
import static dev.fresnel.model.WeightKind.W_OUT;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.Dims;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.WeightName;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The residual stream of a run, taken apart into what the model's parts wrote. The parts of each
 * method add up to the residual stream exactly, but for rounding.
 *
 * <pre>{@code
 * try (var run = model.run(tokens, ResidualStream.plan(model)); var scope = Scope.open()) {
 *   var stream = ResidualStream.of(run).readBy(ReadBy.mlp(3)).at(14);
 *   stream.sublayers().sum();            // what the MLP of layer 3 reads at position 14
 *   stream.heads().normalized();         // each head's share of what it reads, behind the norm
 * }
 * }</pre>
 *
 * <p>The vectors are tensors, and belong to the open scope. A shortformer's positions are never
 * written to its residual stream, so they are no part of it. Each method that reads the stream
 * throws a {@link FresnelException} that names the plan, if the run did not capture what it needs.
 *
 * <p>Source: TransformerLens's {@code ActivationCache}, whose labels the parts bear.
 */
public final class ResidualStream {
  private static final String PLAN = "ResidualStream.plan(model)";
  private static final String NEURON_PLAN = "ResidualStream.neuronPlan(model)";

  private final Run run;
  private final ReadBy reader;
  private final int @Nullable [] positions;

  private ResidualStream(Run run, ReadBy reader, int @Nullable [] positions) {
    this.run = run;
    this.reader = reader;
    this.positions = positions;
  }

  /** As the unembedding reads it, at every position. */
  public static ResidualStream of(Run run) {
    return new ResidualStream(run, ReadBy.unembedding(run.model()), null);
  }

  /**
   * As another part of the model reads it.
   *
   * @throws FresnelException if the model has no such layer, or no MLP
   */
  public ResidualStream readBy(ReadBy other) {
    other.requireIn(run.model());
    return new ResidualStream(run, other, positions);
  }

  /**
   * At these positions alone, as the batch counts them: from 0, BOS and padding included.
   *
   * @throws FresnelException if the run has no such position
   */
  public ResidualStream at(int... positions) {
    int length = run.tokens().length();
    for (int position : positions) {
      if (position < 0 || position >= length) {
        throw new FresnelException(
            "there is no position %d: the run has positions 0 to %d"
                .formatted(position, length - 1));
      }
    }
    return new ResidualStream(run, reader, positions.clone());
  }

  /** What a run has to capture for everything here but the neurons. */
  public static RunPlan plan(Transformer model) {
    return plan(
        model,
        EMBED,
        POS_EMBED,
        RESID_PRE,
        RESID_MID,
        Z,
        ATTN_OUT,
        MLP_OUT,
        LN1_SCALE,
        LN2_SCALE,
        LN1_POST_SCALE);
  }

  /** The same, and what {@link #neurons} and {@link #headsAndNeurons} read. */
  public static RunPlan neuronPlan(Transformer model) {
    return plan(model).and(plan(model, MLP_POST, LN2_POST_SCALE));
  }

  /** Captures what the model has of these. */
  private static RunPlan plan(Transformer model, HookKind... kinds) {
    var there = model.hookPoints().stream().map(HookPoint::kind).toList();
    return RunPlan.capture(Stream.of(kinds).filter(there::contains).toArray(HookKind[]::new));
  }

  // ---- the stream itself ----

  /** What the reader reads [batch, pos, d_model]. */
  public Tensor whole() {
    var model = run.model();
    if (reader.isUnembedding(model)) {
      run.normalized();
      return chosen(run.residual());
    }
    return captured((reader.seesOwnAttention(model) ? RESID_MID : RESID_PRE).at(reader.layer()));
  }

  /**
   * The residual stream before each layer up to the reader: {@code 0_pre}, {@code 1_pre}, …, {@code
   * final_post} for the unembedding. They do not add up: each is the sum of what was written so
   * far.
   */
  public ResidualStack accumulated() {
    return accumulated(false);
  }

  /** The same with the residual stream between attention and MLP: {@code 0_mid}. */
  public ResidualStack accumulatedWithMiddles() {
    return accumulated(true);
  }

  private ResidualStack accumulated(boolean middles) {
    var stack = new Stack();
    var model = run.model();
    boolean has = model.hookPoints().contains(RESID_MID.at(0));
    for (int layer = 0; layer < model.layers() && layer <= reader.layer(); layer++) {
      stack.add(layer + "_pre", captured(RESID_PRE.at(layer)));
      boolean own = layer == reader.layer();
      if (has && (own ? reader.mlp() : middles)) {
        stack.add(layer + "_mid", captured(RESID_MID.at(layer)));
      }
    }
    if (reader.isUnembedding(model)) {
      stack.add("final_post", whole());
    }
    return stack.done();
  }

  /**
   * The embeddings, and what each layer's attention and MLP wrote, biases included: {@code embed},
   * {@code pos_embed}, {@code 0_attn_out}, {@code 0_mlp_out}, ….
   */
  public ResidualStack sublayers() {
    var stack = new Stack();
    addEmbeddings(stack);
    for (int layer = 0; layer < writers(); layer++) {
      if (attentionCounts(layer)) {
        stack.add(layer + "_attn_out", captured(ATTN_OUT.at(layer)));
      }
      if (mlpCounts(layer)) {
        stack.add(layer + "_mlp_out", captured(MLP_OUT.at(layer)));
      }
    }
    return stack.done();
  }

  /** What each head wrote, {@code L0H0}, …, and all the rest as {@code remainder}. */
  public ResidualStack heads() {
    var stack = new Stack();
    addHeads(stack);
    return stack.withRemainder();
  }

  /**
   * What each neuron wrote, {@code L0N0}, …, and all the rest as {@code remainder}. It holds d_mlp
   * vectors of each layer at once: choose positions, or ask {@link LogitAttribution#neurons}.
   */
  public ResidualStack neurons() {
    var stack = new Stack();
    addNeurons(stack);
    return stack.withRemainder();
  }

  /** Heads, MLPs ({@code 0_mlp_out}), embeddings, and the attention's biases as {@code bias}. */
  public ResidualStack headsAndMlps() {
    var stack = new Stack();
    addHeads(stack);
    for (int layer = 0; layer < writers(); layer++) {
      if (mlpCounts(layer)) {
        stack.add(layer + "_mlp_out", captured(MLP_OUT.at(layer)));
      }
    }
    addEmbeddings(stack);
    addBiases(stack, false);
    return stack.done();
  }

  /** Heads, neurons, embeddings, and the biases of attention and MLPs as {@code bias}. */
  public ResidualStack headsAndNeurons() {
    var stack = new Stack();
    addHeads(stack);
    addNeurons(stack);
    addEmbeddings(stack);
    addBiases(stack, true);
    return stack.done();
  }

  // ---- the parts ----

  /** How many layers have written something before the reader reads. */
  private int writers() {
    return Math.min(run.model().layers(), reader.layer() + 1);
  }

  private boolean attentionCounts(int layer) {
    return layer < reader.layer() || reader.seesOwnAttention(run.model());
  }

  private boolean mlpCounts(int layer) {
    return layer < reader.layer() && !run.model().config().attentionOnly();
  }

  private void addEmbeddings(Stack stack) {
    stack.add("embed", captured(EMBED.inModel()));
    if (run.model().config().positional() instanceof Positional.Learned) {
      stack.add("pos_embed", captured(POS_EMBED.inModel()));
    }
  }

  private void addHeads(Stack stack) {
    for (int layer = 0; layer < writers(); layer++) {
      if (attentionCounts(layer)) {
        Tensor written = run.model().headResults(layer, captured(Z.at(layer)));
        Tensor results = behind(written, LN1_POST_W.at(layer), LN1_POST_SCALE, layer, PLAN);
        for (int head = 0; head < run.model().heads(); head++) {
          stack.add(new HeadId(layer, head).label(), results.select(HEAD, head));
        }
      }
    }
  }

  private void addNeurons(Stack stack) {
    for (int layer = 0; layer < writers(); layer++) {
      if (mlpCounts(layer)) {
        Tensor neurons = chosen(Captured.whole(run, MLP_POST.at(layer), NEURON_PLAN));
        Tensor written = neurons.times(run.model().weight(W_OUT.at(layer)));
        Tensor results = behind(written, LN2_POST_W.at(layer), LN2_POST_SCALE, layer, NEURON_PLAN);
        for (int neuron = 0; neuron < results.size(Dims.D_MLP); neuron++) {
          String label = new ScoredNeuron(layer, neuron, 0).label();
          stack.add(label, results.select(Dims.D_MLP, neuron));
        }
      }
    }
  }

  private void addBiases(Stack stack, boolean ofMlps) {
    Tensor sum = whole().times(0);
    for (int layer = 0; layer < writers(); layer++) {
      if (attentionCounts(layer)) {
        sum = plus(sum, B_O.at(layer), LN1_POST_W.at(layer), LN1_POST_SCALE, layer);
      }
      if (ofMlps && mlpCounts(layer)) {
        sum = plus(sum, B_OUT.at(layer), LN2_POST_W.at(layer), LN2_POST_SCALE, layer);
      }
    }
    stack.add("bias", sum);
  }

  private Tensor plus(Tensor sum, WeightName bias, WeightName norm, HookKind divisor, int layer) {
    var model = run.model();
    return model.has(bias)
        ? sum.plus(behind(model.weight(bias), norm, divisor, layer, NEURON_PLAN))
        : sum;
  }

  /** What is written through the norm behind attention or the MLP, whose divisor is held. */
  private Tensor behind(
      Tensor written, WeightName weight, HookKind divisor, int layer, String plan) {
    Norm norm = run.model().config().normBehind();
    if (norm instanceof Norm.None) {
      return written;
    }
    Tensor scale = chosen(Captured.whole(run, divisor.at(layer), plan)).squeeze(ONE);
    return ResidualStack.linear(run.model(), norm, weight, written, scale);
  }

  private Tensor captured(HookPoint point) {
    return chosen(Captured.whole(run, point, PLAN));
  }

  private Tensor chosen(Tensor activation) {
    return positions == null
        ? activation
        : activation.gather(Dims.POS, Arrays.stream(positions).asLongStream().toArray());
  }

  /** What the norm before the reader divided by [batch, pos]. */
  Tensor divisor() {
    var model = run.model();
    Tensor scale =
        reader.isUnembedding(model)
            ? run.finalScale()
            : Captured.whole(run, (reader.mlp() ? LN2_SCALE : LN1_SCALE).at(reader.layer()), PLAN);
    return chosen(scale).squeeze(ONE);
  }

  Run run() {
    return run;
  }

  ReadBy reader() {
    return reader;
  }

  /** Vectors with their labels, in the order in which they are added. */
  private final class Stack {
    private final List<String> labels = new ArrayList<>();
    private final List<Tensor> vectors = new ArrayList<>();

    void add(String label, Tensor vector) {
      labels.add(label);
      vectors.add(vector.order(Dims.BATCH, Dims.POS, D_MODEL));
    }

    ResidualStack done() {
      return new ResidualStack(
          ResidualStream.this, labels, Tensor.stack(ResidualStack.PART, vectors));
    }

    ResidualStack withRemainder() {
      Tensor rest = whole();
      if (!vectors.isEmpty()) {
        rest = rest.minus(Tensor.stack(ResidualStack.PART, vectors).sum(ResidualStack.PART));
      }
      add("remainder", rest);
      return done();
    }
  }

  @Override
  public String toString() {
    return "ResidualStream of " + run;
  }
}
