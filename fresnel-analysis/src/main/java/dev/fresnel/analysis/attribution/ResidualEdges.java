package dev.fresnel.analysis.attribution;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.K;
import static dev.fresnel.hook.HookKind.K_INPUT;
import static dev.fresnel.hook.HookKind.MLP_IN;
import static dev.fresnel.hook.HookKind.MLP_OUT;
import static dev.fresnel.hook.HookKind.Q;
import static dev.fresnel.hook.HookKind.Q_INPUT;
import static dev.fresnel.hook.HookKind.RESID_MID;
import static dev.fresnel.hook.HookKind.RESID_POST;
import static dev.fresnel.hook.HookKind.RESID_PRE;
import static dev.fresnel.hook.HookKind.V;
import static dev.fresnel.hook.HookKind.V_INPUT;
import static dev.fresnel.hook.HookKind.Z;

import dev.fresnel.analysis.attribution.Component.Kind;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.ActivationCache;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.BlockOrder;
import dev.fresnel.model.config.Norm;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.Tape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The edges of a model's residual stream: what each component writes, and where each reader reads.
 * The embedding, heads and MLPs write; queries, keys and values of each head, MLPs and the logits
 * read the sum of what was written before.
 */
final class ResidualEdges {
  static final Dim WRITER = new Dim("writer");
  static final Dim READER = new Dim("reader");

  private final Transformer model;
  private final boolean mlps;
  private final boolean parallel;
  final List<Component> writers = new ArrayList<>();
  final List<Component> readers = new ArrayList<>();

  /** For each reader, the number of writers before it. */
  final List<Integer> before = new ArrayList<>();

  ResidualEdges(Transformer model) {
    this.model = model;
    var config = model.config();
    if (!(config.normBehind() instanceof Norm.None)) {
      throw new FresnelException(
          config.name()
              + " has a norm behind attention, so its heads do not write to the residual stream"
              + " one by one, and have no edges");
    }
    mlps = !config.attentionOnly();
    parallel = config.order() == BlockOrder.PARALLEL;
    writers.add(Component.EMBED);
    for (int layer = 0; layer < model.layers(); layer++) {
      int keys = config.sizes().keyValueHeads();
      addReaders(Kind.QUERY, layer, model.heads());
      addReaders(Kind.KEY, layer, keys);
      addReaders(Kind.VALUE, layer, keys);
      int start = writers.size();
      for (int head = 0; head < model.heads(); head++) {
        writers.add(new Component(Kind.HEAD, layer, head));
      }
      if (mlps) {
        readers.add(Component.mlp(layer));
        before.add(parallel ? start : writers.size());
        writers.add(Component.mlp(layer));
      }
    }
    readers.add(Component.LOGITS);
    before.add(writers.size());
  }

  private void addReaders(Kind kind, int layer, int heads) {
    for (int head = 0; head < heads; head++) {
      readers.add(new Component(kind, layer, head));
      before.add(writers.size());
    }
  }

  /** Zeros, and NaN where there is no edge [writer][reader]. */
  double[][] withoutEffects() {
    var values = new double[writers.size()][readers.size()];
    for (int column = 0; column < readers.size(); column++) {
      for (int row = before.get(column); row < values.length; row++) {
        values[row][column] = Double.NaN;
      }
    }
    return values;
  }

  /** What a run has to capture so that its writers are known. */
  RunPlan writing() {
    var plan = RunPlan.capture(RESID_PRE.at(0)).and(RunPlan.capture(Z));
    return mlps ? plan.and(RunPlan.capture(MLP_OUT)) : plan;
  }

  /**
   * The places whose gradients tell those of all readers: queries, keys and values themselves, in
   * place of what each head of them reads.
   */
  List<HookPoint> derived() {
    var points = new ArrayList<HookPoint>();
    for (int layer = 0; layer < model.layers(); layer++) {
      points.addAll(List.of(Q.at(layer), K.at(layer), V.at(layer)));
      if (mlps) {
        points.add(MLP_IN.at(layer));
      }
    }
    points.add(RESID_POST.at(model.layers() - 1));
    return points;
  }

  /**
   * What a run has to capture and record so that the gradients at {@link #derived} are known, and
   * lead to those of all readers.
   *
   * @param tape is open, and adds up the gradients of what several components read
   */
  RunPlan deriving(Tape tape) {
    var plan = RunPlan.capture(derived().toArray(HookPoint[]::new)).and(RunPlan.capture(RESID_PRE));
    return recorded(plan, model, tape);
  }

  /**
   * The plan, on a tape that adds up the gradients of what several components read of the residual
   * stream.
   *
   * @param tape is open
   */
  static RunPlan recorded(RunPlan plan, Transformer model, Tape tape) {
    var recorded = plan.recordGradients();
    for (HookPoint point : model.hookPoints()) {
      if (point.kind() == RESID_PRE || point.kind() == RESID_MID) {
        recorded = recorded.edit(point, (x, at) -> tape.gather(x));
      }
    }
    return recorded;
  }

  /**
   * Consecutive readers that read after the same writers.
   *
   * @param column the first of them, as an index of {@link #readers}
   * @param gradients computes theirs [reader, batch, pos, d_model]
   */
  record Group(int column, Function<ReaderGradients, Tensor> gradients) {}

  /** All readers in groups. */
  List<Group> groups() {
    var groups = new ArrayList<Group>();
    int column = 0;
    for (int i = 0; i < model.layers(); i++) {
      int layer = i;
      groups.add(new Group(column, found -> found.ofHeads(layer)));
      column += model.heads() + 2 * model.config().sizes().keyValueHeads();
      if (mlps) {
        groups.add(new Group(column++, found -> found.at(MLP_IN.at(layer))));
      }
    }
    groups.add(new Group(column, found -> found.at(RESID_POST.at(model.layers() - 1))));
    return groups;
  }

  /** The place at which one reader reads. */
  static HookPoint place(Component reader, int layers) {
    return switch (reader.kind()) {
      case QUERY -> Q_INPUT.at(reader.layer());
      case KEY -> K_INPUT.at(reader.layer());
      case VALUE -> V_INPUT.at(reader.layer());
      case MLP -> MLP_IN.at(reader.layer());
      case LOGITS -> RESID_POST.at(layers - 1);
      case EMBED, HEAD -> throw new FresnelException(reader + " writes, and does not read");
    };
  }

  /** The axis of a place's heads. */
  static Dim heads(HookKind place) {
    return place == Q_INPUT ? HEAD : KV_HEAD;
  }

  /**
   * What each writer writes more in the clean run [writer, batch, pos, d_model].
   *
   * @param from the first position wanted
   */
  Tensor differences(ActivationCache clean, ActivationCache corrupted, int from) {
    var parts = new ArrayList<Tensor>();
    parts.add(difference(RESID_PRE.at(0), clean, corrupted, from).unsqueeze(WRITER));
    for (int layer = 0; layer < model.layers(); layer++) {
      Tensor z = difference(Z.at(layer), clean, corrupted, from);
      parts.add(model.headResults(layer, z).rename(HEAD, WRITER));
      if (mlps) {
        parts.add(difference(MLP_OUT.at(layer), clean, corrupted, from).unsqueeze(WRITER));
      }
    }
    var ordered = parts.stream().map(part -> part.order(WRITER, BATCH, POS, D_MODEL)).toList();
    return Tensor.concatenate(WRITER, ordered);
  }

  private static Tensor difference(
      HookPoint point, ActivationCache clean, ActivationCache corrupted, int from) {
    Tensor difference = clean.get(point).minus(corrupted.get(point));
    return difference.slice(POS, from, difference.size(POS));
  }
}
