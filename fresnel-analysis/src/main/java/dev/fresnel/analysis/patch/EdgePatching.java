package dev.fresnel.analysis.patch;

import dev.fresnel.analysis.attribution.Component;
import dev.fresnel.analysis.attribution.EdgeAttribution;
import dev.fresnel.analysis.attribution.EdgeEffects;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Edge attribution patching of pairs of texts as a sweep over [writer][reader]: the estimated
 * metric of the corrupted run if the reader read what the writer wrote in the clean run.
 *
 * <pre>{@code
 * Sweep edges = EdgePatching.of(model).run(pairs);
 * Sweep exact = EdgePatching.of(model).exact(edges, 100, pairs);   // of the 100 strongest, patched
 * Agreement agreement = Agreement.of(edges.values(), exact.values());
 * }</pre>
 *
 * @param model runs the texts
 * @param measure what is measured
 * @param steps 0 for the gradient in the corrupted run (EAP); from 1 on, the number of runs from
 *     the corrupted to the clean text over which gradients are integrated (EAP-IG)
 * @param memory the bytes that one pair, or a batch of exact runs, may take beside the model
 * @see EdgeAttribution
 */
public record EdgePatching(Transformer model, Measure measure, int steps, long memory) {
  /** What a sweep of edges changes, as its {@link Sweep#what} says it. */
  public static final String EDGES = "edges";

  /** How the {@link Sweep#method} of {@link #exact} ends. */
  public static final String EXACTLY = "patched exactly";

  /**
   * @throws FresnelException if the number of steps is negative
   */
  public EdgePatching {
    if (steps < 0) {
      throw new FresnelException("gradients are integrated in 0 steps or more, not " + steps);
    }
  }

  /** By the gradient in the corrupted run; the logit difference. */
  public static EdgePatching of(Transformer model) {
    return new EdgePatching(model, Measure.logitDifference(), 0, ActivationPatching.DEFAULT_MEMORY);
  }

  /** With another measure. */
  public EdgePatching measure(Measure other) {
    return new EdgePatching(model, other, steps, memory);
  }

  /**
   * By integrated gradients, in as many runs; 0 for the gradient in the corrupted run.
   *
   * @throws FresnelException if the number is negative
   */
  public EdgePatching steps(int other) {
    return new EdgePatching(model, measure, other, memory);
  }

  /** With another bound for the memory, in bytes. */
  public EdgePatching memory(long bytes) {
    return new EdgePatching(model, measure, steps, bytes);
  }

  /**
   * The memory that the estimates for a pair of a length take at their peak, beside the model, in
   * bytes: an estimate from above.
   */
  public long peakBytes(int length) {
    return GradientMemory.ofEdges(model.config(), length);
  }

  /**
   * Estimates all edges: results are means over the pairs, which may differ in length. Where the
   * reader comes before the writer there is no edge, and the value is NaN.
   */
  public Sweep run(List<PromptPair> pairs) {
    return resume(null, pairs, SweepProgress.NONE);
  }

  /**
   * Continues estimates that were stopped: of the pairs that they have not.
   *
   * @param stopped what was found before; null to begin
   * @param progress is told of every pair, and may stop
   * @throws FresnelException if it is another sweep, or has other texts or another model; the
   *     message names the difference; and if a pair needs more memory than is allowed
   */
  public Sweep resume(@Nullable Sweep stopped, List<PromptPair> pairs, SweepProgress progress) {
    if (pairs.isEmpty()) {
      throw new FresnelException("attribution needs at least one pair of texts, got none");
    }
    var graph = EdgeAttribution.edges(model);
    String method =
        steps == 0 ? "estimated by gradients" : "integrated gradients, %d steps".formatted(steps);
    var axes =
        List.of(
            new Axis("writer", graph.writers().stream().map(Component::label).toList()),
            new Axis("reader", graph.readers().stream().map(Component::label).toList()));
    double[] values = flat(graph);
    var edges = new BitSet();
    IntStream.range(0, values.length)
        .filter(cell -> !Double.isNaN(values[cell]))
        .forEach(edges::set);
    var tally = new Tally(kind(method, axes), pairs, progress, edges).continuing(stopped);
    tally.each(
        pair -> {
          if (tally.knows(pair, model, measure)) {
            return;
          }
          var effects = effects(pair);
          tally.begin(effects.clean(), effects.corrupted());
          tally.all(Arrays.stream(flat(effects)).map(x -> effects.corrupted() + x).toArray());
        });
    return tally.sweep(true);
  }

  private static double[] flat(EdgeEffects effects) {
    return Arrays.stream(effects.values()).flatMapToDouble(Arrays::stream).toArray();
  }

  private SweepKind kind(String method, List<Axis> axes) {
    return new SweepKind(
        "attribution-patch",
        model.config().name(),
        EDGES,
        "edge",
        "clean-into-corrupted, " + method,
        measure.name(),
        axes,
        "");
  }

  /**
   * Patches edges for real: the metric of the corrupted run in which one reader reads what one
   * writer wrote in the clean run. Of the edges with the largest estimates; all others are NaN.
   *
   * @param estimates from {@link #run}
   * @param edges how many edges
   * @return the measure of each changed run [writer][reader]
   * @throws FresnelException if a pair needs more memory than is allowed
   */
  public Sweep exact(Sweep estimates, int edges, List<PromptPair> pairs) {
    return exact(estimates, edges, null, pairs, SweepProgress.NONE);
  }

  /**
   * Continues exact patches that were stopped.
   *
   * @param stopped what was found before; null to begin
   * @param progress is told of every batch, and may stop
   * @throws FresnelException as {@link #resume}
   */
  public Sweep exact(
      Sweep estimates,
      int edges,
      @Nullable Sweep stopped,
      List<PromptPair> pairs,
      SweepProgress progress) {
    var chosen = new BitSet();
    IntStream.of(largest(estimates, edges)).forEach(chosen::set);
    var kind = kind(EXACTLY, estimates.axes());
    var tally = new Tally(kind, pairs, progress, chosen).continuing(stopped);
    tally.each(pair -> new ExactEdges(this, estimates.axes(), pair).run(tally, chosen));
    return tally.sweep(true);
  }

  /** The cells with the largest effects, the largest first. */
  private static int[] largest(Sweep sweep, int count) {
    return sweep.strongest(count).stream().mapToInt(SweepCell::index).toArray();
  }

  /**
   * The rows and columns of the edges with the largest effects, for a picture; any other sweep as
   * it is.
   *
   * @param edges how many edges count
   */
  public static Sweep strongest(Sweep sweep, int edges) {
    if (!sweep.what().equals(EDGES)) {
      return sweep;
    }
    int[] chosen = largest(sweep, edges);
    return part(
        sweep,
        IntStream.of(chosen).map(cell -> sweep.indices(cell)[0]).sorted().distinct().toArray(),
        IntStream.of(chosen).map(cell -> sweep.indices(cell)[1]).sorted().distinct().toArray());
  }

  /** The rows and columns of a sweep of edges that another one has. */
  public static Sweep alike(Sweep sweep, Sweep other) {
    return part(
        sweep,
        places(sweep.axes().get(0), other.axes().get(0)),
        places(sweep.axes().get(1), other.axes().get(1)));
  }

  private static int[] places(Axis axis, Axis some) {
    return some.labels().stream().mapToInt(axis.labels()::indexOf).toArray();
  }

  private static Sweep part(Sweep sweep, int[] rows, int[] columns) {
    var part =
        IntStream.of(rows)
            .boxed()
            .flatMapToDouble(
                row -> IntStream.of(columns).mapToDouble(column -> sweep.at(row, column)))
            .toArray();
    return new Sweep(
        sweep.experiment(),
        sweep.model(),
        sweep.what(),
        sweep.by(),
        sweep.method(),
        sweep.metric(),
        List.of(some(sweep.axes().get(0), rows), some(sweep.axes().get(1), columns)),
        part,
        sweep.clean(),
        sweep.corrupted(),
        sweep.texts(),
        null,
        sweep.tokens(),
        sweep.corruptedTokens(),
        null);
  }

  private static Axis some(Axis axis, int[] places) {
    return new Axis(axis.name(), IntStream.of(places).mapToObj(axis.labels()::get).toList());
  }

  private EdgeEffects effects(PromptPair pair) {
    GradientMemory.require(peakBytes(pair.length()), memory);
    try (var clean = model.run(pair.clean(), RunPlan.nothing())) {
      var metric = measure.metric(clean, pair);
      return steps == 0
          ? EdgeAttribution.of(model, pair.clean(), pair.corrupted(), metric)
          : EdgeAttribution.integrated(model, pair.clean(), pair.corrupted(), metric, steps);
    }
  }
}
