package dev.fresnel.analysis.patch;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.RESID_PRE;
import static dev.fresnel.hook.HookKind.Z;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.Norm;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Path patching: lets the clean run of one head (the sender) into one input of one other head (the
 * receiver), with all else at the corrupted run, and measures what follows from the receiver on.
 * Source: Wang et al. 2022, "Interpretability in the Wild: a Circuit for Indirect Object
 * Identification in GPT-2 small".
 *
 * <pre>{@code
 * Sweep sweep = PathPatching.of(model, new HeadId(5, 1), PathPatching.Input.K).run(pair);
 * sweep.at(0, 3);   // L0H3 to the keys of L5H1
 * }</pre>
 *
 * @param model runs the texts
 * @param receiver the head that receives
 * @param input which of its inputs; with grouped heads, keys and values are those of its group
 * @param route which paths from the sender to the receiver carry the change
 * @param measure what is measured
 * @param memory the bytes that the sweep may take, beside the model
 */
public record PathPatching(
    Transformer model, HeadId receiver, Input input, Route route, Measure measure, long memory) {
  /** An input of the receiver. */
  public enum Input {
    Q(HookKind.Q, HookKind.Q_INPUT),
    K(HookKind.K, HookKind.K_INPUT),
    V(HookKind.V, HookKind.V_INPUT);

    private final HookKind value;
    private final HookKind read;

    Input(HookKind value, HookKind read) {
      this.value = value;
      this.read = read;
    }

    /** {@code q}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What carries the change from the sender to the receiver. */
  public enum Route {
    /** The residual stream alone: attention and MLPs between keep their corrupted values. */
    DIRECT,
    /** MLPs between respond; all other heads keep their corrupted values, as in Wang et al. */
    THROUGH_MLPS;

    /** {@code through-mlps}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * @throws FresnelException if the model has no such receiver, or it has no layer before it, or
   *     the route needs outputs that add up and the model norms them
   */
  public PathPatching {
    if (receiver.layer() >= model.layers() || receiver.head() >= model.heads()) {
      throw new FresnelException(
          "there is no head %s: layers are 0 to %d, heads 0 to %d"
              .formatted(receiver, model.layers() - 1, model.heads() - 1));
    }
    if (receiver.layer() == 0) {
      throw new FresnelException(
          "nothing sends to %s: no head stands before layer 0; choose a later receiver"
              .formatted(receiver));
    }
    if (route == Route.DIRECT && !(model.config().normBehind() instanceof Norm.None)) {
      throw new FresnelException(
          model.config().name()
              + " norms what attention writes, so a head has no direct path of its own; use the"
              + " route through MLPs");
    }
  }

  /** The direct path to one input of a head; the logit difference. */
  public static PathPatching of(Transformer model, HeadId receiver, Input input) {
    return new PathPatching(
        model,
        receiver,
        input,
        Route.DIRECT,
        Measure.logitDifference(),
        ActivationPatching.DEFAULT_MEMORY);
  }

  /**
   * This sweep by the other route.
   *
   * @throws FresnelException if the route needs outputs that add up and the model norms them
   */
  public PathPatching route(Route other) {
    return new PathPatching(model, receiver, input, other, measure, memory);
  }

  /** This sweep with another measure. */
  public PathPatching measure(Measure other) {
    return new PathPatching(model, receiver, input, route, other, memory);
  }

  /** This sweep with another bound for its memory, in bytes: fewer cells then run together. */
  public PathPatching memory(long bytes) {
    return new PathPatching(model, receiver, input, route, measure, bytes);
  }

  /**
   * The memory that the sweep of texts of a length takes at its peak, beside the model, in bytes:
   * an estimate from above of its batches and of the runs that it keeps.
   *
   * @throws FresnelException if it needs more than is allowed, even for one cell at a time
   */
  public long peakBytes(int length) {
    return batching(length).peakBytes();
  }

  /** Both runs' heads, the residual stream, keys and values, and what senders' runs gave. */
  private long keptBytes(int length) {
    var sizes = model.config().sizes();
    long row =
        2L * sizes.heads() * sizes.dHead()
            + sizes.dModel()
            + 2L * sizes.keyValueHeads() * sizes.dHead();
    int given = input == Input.Q ? sizes.heads() : sizes.keyValueHeads();
    long responses =
        route == Route.DIRECT ? 0 : (long) receiver.layer() * sizes.heads() * given * sizes.dHead();
    return Float.BYTES * (sizes.layers() * row + responses) * length;
  }

  private Batching batching(int length) {
    return route == Route.DIRECT
        ? Batching.ofSplit(model.config(), length, measure, memory, keptBytes(length))
        : Batching.of(model.config(), length, measure, false, memory, keptBytes(length));
  }

  /** Patches from each head before the receiver's layer [layer][head]. */
  public Sweep run(PromptPair pair) {
    return run(List.of(pair), SweepProgress.NONE);
  }

  /** Patches many pairs: results are means over them, with their spread. */
  public Sweep run(List<PromptPair> pairs) {
    return run(pairs, SweepProgress.NONE);
  }

  /**
   * Patches many pairs, which may differ in length: results are means over them.
   *
   * @param progress is told of every batch, and may stop the sweep
   * @return the measure of each changed run, [layer][head] of the senders, for the layers before
   *     the receiver's
   * @throws FresnelException if there are no pairs, or one needs more memory than is allowed
   */
  public Sweep run(List<PromptPair> pairs, SweepProgress progress) {
    return resume(null, pairs, progress);
  }

  /**
   * Continues a sweep that was stopped: computes the cells that it has not.
   *
   * @param stopped what was found before; null to begin
   * @throws FresnelException if it is another sweep, or has other texts or another model; the
   *     message names the difference
   */
  public Sweep resume(@Nullable Sweep stopped, List<PromptPair> pairs, SweepProgress progress) {
    if (pairs.isEmpty()) {
      throw new FresnelException("path patching needs at least one pair of texts, got none");
    }
    var kind =
        new SweepKind(
            "path-patch",
            model.config().name(),
            "%s of %s".formatted(input.label(), receiver),
            "head",
            route.label(),
            measure.name(),
            List.of(Axis.layers(receiver.layer()), Axis.heads(model.heads())),
            "");
    var tally = new Tally(kind, pairs, progress).continuing(stopped);
    tally.each(pair -> patch(pair, tally));
    return tally.sweep(true);
  }

  private void patch(PromptPair pair, Tally tally) {
    int differs = pair.firstDifference();
    try (var clean = model.run(pair.clean(), RunPlan.capture(Z));
        var base = model.run(pair.corrupted(), CellRuns.plan(model).and(RunPlan.capture(Z)))) {
      var reading = measure.reading(clean, base, pair);
      double corrupted = reading.of(base, 0)[0];
      tally.begin(reading.of(clean, 0)[0], corrupted);
      var batching = batching(pair.length());
      int together = Math.min(model.heads(), batching.texts());
      var responses = new ArrayList<Run>();
      try {
        var cells = new ArrayList<Cell>();
        for (int layer = 0; layer < receiver.layer(); layer++) {
          int l = layer;
          for (int head = 0; head < model.heads(); head++) {
            int h = head;
            if (route == Route.THROUGH_MLPS && differs < pair.length() && head % together == 0) {
              int last = Math.min(model.heads(), head + together);
              responses.add(responses(clean, base, layer, head, last));
            }
            int response = responses.size() - 1;
            Cell.Edit edit =
                route == Route.DIRECT
                    ? (x, start) -> directly(x, sent(clean, base, l, h), start, pair.length())
                    : (x, start) ->
                        received(x, responses.get(response), h % together, start, pair.length());
            cells.add(new Cell(cells.size(), receiver.layer(), differs, edit));
          }
        }
        if (differs == pair.length()) {
          tally.same(tally.left(cells), corrupted);
          return;
        }
        var kind = route == Route.DIRECT ? input.read : input.value;
        new CellRuns(kind, base, reading, batching).run(tally.left(cells), tally::found);
      } finally {
        responses.forEach(Run::close);
      }
    }
  }

  /**
   * What the sender writes in the clean run less what it writes in the corrupted one [batch, pos,
   * d_model].
   */
  private Tensor sent(Run clean, Run base, int layer, int head) {
    Tensor difference = clean.cache().get(Z, layer).minus(base.cache().get(Z, layer));
    return model.headResults(layer, difference).select(HEAD, head);
  }

  private Tensor directly(Tensor read, Tensor sent, int start, int length) {
    Dim heads = heads();
    int head = receiving();
    return read.with(heads, head, read.select(heads, head).plus(sent.slice(POS, start, length)));
  }

  private Tensor received(Tensor value, Run responses, int sender, int start, int length) {
    Dim heads = heads();
    int head = receiving();
    Tensor response =
        responses
            .cache()
            .get(input.value, receiver.layer())
            .slice(BATCH, sender, sender + 1)
            .slice(POS, start, length);
    return value.with(heads, head, response.select(heads, head));
  }

  private Dim heads() {
    return input == Input.Q ? HEAD : KV_HEAD;
  }

  /** The receiver among the heads of its input. */
  private int receiving() {
    var sizes = model.config().sizes();
    return input == Input.Q
        ? receiver.head()
        : receiver.head() / (sizes.heads() / sizes.keyValueHeads());
  }

  /**
   * The receiver's input when each of some heads of a layer has its clean value, one text each: all
   * other heads up to the receiver keep their corrupted values.
   */
  private Run responses(Run clean, Run base, int layer, int first, int last) {
    int heads = last - first;
    var plan = RunPlan.capture(input.value.at(receiver.layer()));
    for (int between = layer; between < receiver.layer(); between++) {
      int l = between;
      plan =
          plan.edit(
              Z.at(between),
              (z, at) -> {
                var frozen = base.cache().get(Z, l);
                if (l > layer) {
                  return frozen.repeatEach(BATCH, heads);
                }
                var texts = new ArrayList<Tensor>();
                for (int head = first; head < last; head++) {
                  texts.add(frozen.with(HEAD, head, clean.cache().get(Z, l).select(HEAD, head)));
                }
                return Tensor.concatenate(BATCH, texts);
              });
    }
    Tensor residual = base.cache().get(RESID_PRE, layer).repeatEach(BATCH, heads);
    var tokens = Tokens.ofRows(Collections.nCopies(heads, base.tokens().ids(0)));
    return model.run(tokens, plan.startAt(layer, residual).stopAfterCapture());
  }
}
