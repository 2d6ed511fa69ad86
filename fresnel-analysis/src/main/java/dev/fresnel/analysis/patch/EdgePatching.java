package dev.fresnel.analysis.patch;

import dev.fresnel.analysis.attribution.Agreement;
import dev.fresnel.analysis.attribution.EdgeAttribution;
import dev.fresnel.analysis.attribution.EdgeEffects;
import dev.fresnel.analysis.attribution.EdgeEffects.Edge;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Metric;
import dev.fresnel.model.Transformer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * Edge attribution patching of pairs of texts as a sweep over [writer][reader]: the estimated
 * metric of the corrupted run if the reader read what the writer wrote in the clean run.
 *
 * <pre>{@code
 * Sweep edges = EdgePatching.of(model).run(List.of(pair));
 * Agreement agreement = EdgePatching.of(model).agreement(List.of(pair), 100);   // with exact patches
 * }</pre>
 *
 * @param model runs the texts
 * @param measure what is measured
 * @param steps 0 for the gradient in the corrupted run (EAP); from 1 on, the number of runs from
 *     the corrupted to the clean text over which gradients are integrated (EAP-IG)
 * @see EdgeAttribution
 */
public record EdgePatching(Transformer model, Measure measure, int steps) {
  public EdgePatching {
    if (steps < 0) {
      throw new FresnelException("gradients are integrated in 0 steps or more, not " + steps);
    }
  }

  /** By the gradient in the corrupted run; the logit difference. */
  public static EdgePatching of(Transformer model) {
    return new EdgePatching(model, Measure.logitDifference(), 0);
  }

  public EdgePatching measure(Measure other) {
    return new EdgePatching(model, other, steps);
  }

  /** By integrated gradients, in as many runs. */
  public EdgePatching steps(int other) {
    return new EdgePatching(model, measure, other);
  }

  /**
   * Estimates all edges: results are means over the pairs, which may differ in length. Where the
   * reader comes before the writer there is no edge, and the value is NaN.
   */
  public Sweep run(List<PromptPair> pairs) {
    if (pairs.isEmpty()) {
      throw new FresnelException("attribution needs at least one pair of texts, got none");
    }
    var found = pairs.stream().map(this::effects).toList();
    var first = found.get(0);
    var axes =
        List.of(
            new Axis("writer", first.writers().stream().map(each -> each.label()).toList()),
            new Axis("reader", first.readers().stream().map(each -> each.label()).toList()));
    String method =
        steps == 0 ? "estimated by gradients" : "integrated gradients, %d steps".formatted(steps);
    var kind =
        new SweepKind(
            "attribution-patch",
            model.config().name(),
            "edges",
            "edge",
            "clean-into-corrupted, " + method,
            measure.name(),
            axes,
            "");
    var tally = new Tally(kind, pairs, SweepProgress.NONE);
    tally.each(
        pair -> {
          var effects = found.get(tally.text());
          tally.begin(effects.clean(), effects.corrupted());
          tally.all(
              Arrays.stream(effects.values())
                  .flatMapToDouble(Arrays::stream)
                  .map(effect -> effects.corrupted() + effect)
                  .toArray());
        });
    return tally.sweep(true);
  }

  /**
   * How well estimates agree with exact patches, one run each, of the edges with the largest
   * estimates.
   *
   * @param edges how many edges of each pair
   */
  public Agreement agreement(List<PromptPair> pairs, int edges) {
    var estimated = new ArrayList<Edge>();
    var exact = new ArrayList<Edge>();
    for (PromptPair pair : pairs) {
      var ranked = effects(pair).ranked();
      var strongest = ranked.subList(0, Math.min(edges, ranked.size()));
      estimated.addAll(strongest);
      exact.addAll(
          with(
              pair,
              (metric, model) ->
                  EdgeAttribution.exact(model, pair.clean(), pair.corrupted(), metric, strongest)));
    }
    return Agreement.of(effects(estimated), effects(exact));
  }

  /**
   * The rows and columns of the edges with the largest effects, for a picture; any other sweep as
   * it is.
   *
   * @param edges how many edges count
   */
  public static Sweep strongest(Sweep sweep, int edges) {
    if (!sweep.what().equals("edges")) {
      return sweep;
    }
    double[] values = sweep.values();
    int[] chosen =
        IntStream.range(0, values.length)
            .filter(cell -> !Double.isNaN(values[cell]))
            .boxed()
            .sorted(Comparator.comparingDouble(cell -> -Math.abs(values[cell] - sweep.corrupted())))
            .limit(edges)
            .mapToInt(Integer::intValue)
            .toArray();
    int[] rows =
        IntStream.of(chosen).map(cell -> sweep.indices(cell)[0]).sorted().distinct().toArray();
    int[] columns =
        IntStream.of(chosen).map(cell -> sweep.indices(cell)[1]).sorted().distinct().toArray();
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

  private static double[] effects(List<Edge> edges) {
    return edges.stream().mapToDouble(Edge::effect).toArray();
  }

  private EdgeEffects effects(PromptPair pair) {
    return with(
        pair,
        (metric, model) ->
            steps == 0
                ? EdgeAttribution.of(model, pair.clean(), pair.corrupted(), metric)
                : EdgeAttribution.integrated(model, pair.clean(), pair.corrupted(), metric, steps));
  }

  private <T> T with(PromptPair pair, BiFunction<Metric, Transformer, T> work) {
    try (var clean = model.run(pair.clean(), RunPlan.nothing())) {
      return work.apply(measure.metric(clean, pair), model);
    }
  }
}
