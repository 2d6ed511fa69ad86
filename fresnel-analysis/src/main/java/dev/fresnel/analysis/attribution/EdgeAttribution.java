package dev.fresnel.analysis.attribution;

import static dev.fresnel.analysis.attribution.ResidualEdges.READER;
import static dev.fresnel.analysis.attribution.ResidualEdges.WRITER;
import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.RESID_PRE;

import dev.fresnel.analysis.attribution.EdgeEffects.Edge;
import dev.fresnel.analysis.attribution.ResidualEdges.Group;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.Hook;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Metric;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Parallel;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.Gradients;
import dev.fresnel.tensor.grad.Tape;
import dev.fresnel.text.Tokens;
import java.util.HashMap;
import java.util.List;

/**
 * Edge attribution patching: an estimate of what patching each edge of the residual stream would do
 * to a metric. An edge leads from a component that writes to one that reads later. Its effect is
 * the difference of the first one's output in the two runs, times the gradient of the metric with
 * respect to the second one's input in the corrupted run. With integrated gradients the gradient is
 * a mean over inputs between the two texts', so that it also finds effects that vanish at one end.
 *
 * <pre>{@code
 * var edges = EdgeAttribution.of(model, clean, corrupted, metric);
 * edges.ranked().get(0).label();   // "L0H1->L1H0.k"
 * }</pre>
 *
 * <p>The effects of a writer's edges add up to what {@link AttributionPatching} estimates for the
 * writer. Sources: Syed et al. 2023, "Attribution Patching Outperforms Automated Circuit
 * Discovery"; Hanna et al. 2024, "Have Faith in Faithfulness" (integrated gradients).
 */
public final class EdgeAttribution {
  private EdgeAttribution() {}

  /**
   * The estimates by the gradient in the corrupted run: two runs and one pass back.
   *
   * @param clean one text or several without padding
   * @param corrupted as many, of as many tokens; the effects of several texts are added, so a
   *     metric that is their mean gives the mean
   * @throws FresnelException if the texts have different numbers of tokens, or the model has norms
   *     behind attention
   */
  public static EdgeEffects of(Transformer model, Tokens clean, Tokens corrupted, Metric metric) {
    return new Computation(model, new TokenPair(clean, corrupted), metric).effects(0);
  }

  /**
   * The estimates by integrated gradients: the mean of the gradients in as many runs, the inputs of
   * whose first layer lead in equal steps from the corrupted run's to the clean run's. The last of
   * them is the clean run.
   *
   * @param steps the number of runs, from 1 on; the paper takes 5
   * @throws FresnelException as {@link #of}, and if there are no steps
   */
  public static EdgeEffects integrated(
      Transformer model, Tokens clean, Tokens corrupted, Metric metric, int steps) {
    if (steps < 1) {
      throw new FresnelException("gradients are integrated in at least 1 step, not " + steps);
    }
    return new Computation(model, new TokenPair(clean, corrupted), metric).effects(steps);
  }

  /**
   * The exact effects of some edges, with one run for each: what the metric of the corrupted run
   * gains if the reader reads what the writer wrote in the clean run, and all else is as it was.
   *
   * @return the same edges with their exact effects, in the metric's unit
   * @throws FresnelException as {@link #of}, and if there is no such edge
   */
  public static List<Edge> exact(
      Transformer model, Tokens clean, Tokens corrupted, Metric metric, List<Edge> edges) {
    return new Computation(model, new TokenPair(clean, corrupted), metric).exact(edges);
  }

  /**
   * How well estimates agree with the exact effects of the same edges.
   *
   * @param edges the edges to compare, such as the first of {@link EdgeEffects#ranked}
   * @throws FresnelException as {@link #exact}
   */
  public static Agreement agreement(
      Transformer model, Tokens clean, Tokens corrupted, Metric metric, List<Edge> edges) {
    var exact = exact(model, clean, corrupted, metric, edges);
    return Agreement.of(effects(edges), effects(exact));
  }

  /**
   * The edges of a model, before anything is known of them: their effects are 0, and both metrics
   * NaN.
   *
   * @throws FresnelException if the model has norms behind attention
   */
  public static EdgeEffects edges(Transformer model) {
    var graph = new ResidualEdges(model);
    return new EdgeEffects(
        graph.writers, graph.readers, graph.withoutEffects(), Double.NaN, Double.NaN);
  }

  private static double[] effects(List<Edge> edges) {
    return edges.stream().mapToDouble(Edge::effect).toArray();
  }

  private record Computation(
      Transformer model, TokenPair pair, Metric metric, ResidualEdges graph) {
    Computation(Transformer model, TokenPair pair, Metric metric) {
      this(model, pair, metric, new ResidualEdges(model));
    }

    /**
     * @param steps 0 for the gradient in the corrupted run
     */
    EdgeEffects effects(int steps) {
      double[][] values = graph.withoutEffects();
      try (Run clean = model.run(pair.clean(), graph.writing())) {
        double corrupted = steps == 0 ? derived(clean, values) : integrated(clean, steps, values);
        double whole = valueOf(clean);
        return new EdgeEffects(graph.writers, graph.readers, values, whole, corrupted);
      }
    }

    /** Adds the effects by the corrupted run's gradients; returns that run's metric. */
    private double derived(Run clean, double[][] values) {
      try (var tape = Tape.open();
          Run corrupted = model.run(pair.corrupted(), graph.writing().and(graph.deriving(tape)));
          var scope = Scope.open()) {
        return add(corrupted, tape, differences(clean, corrupted), 1, values);
      }
    }

    /** Adds the means over runs on the way to the clean one; returns the corrupted run's metric. */
    private double integrated(Run clean, int steps, double[][] values) {
      try (Run corrupted = model.run(pair.corrupted(), graph.writing());
          var scope = Scope.open()) {
        Tensor differences = differences(clean, corrupted);
        Tensor start = corrupted.cache().get(RESID_PRE, 0);
        Tensor way = clean.cache().get(RESID_PRE, 0).minus(start);
        for (int step = 1; step <= steps; step++) {
          double share = (double) step / steps;
          try (var inner = Scope.open();
              var tape = Tape.open();
              Run between =
                  model.run(
                      pair.corrupted(),
                      graph.deriving(tape).startAt(0, start.plus(way.times(share))))) {
            add(between, tape, differences, 1.0 / steps, values);
          }
        }
        return valueOf(corrupted);
      }
    }

    private double valueOf(Run run) {
      try (var scope = Scope.open()) {
        return metric.of(run).item();
      }
    }

    private Tensor differences(Run clean, Run corrupted) {
      return Gradients.unrecorded(
          () ->
              Scope.result(
                  () ->
                      graph.differences(clean.cache(), corrupted.cache(), pair.firstDifference())));
    }

    /**
     * Adds the products of differences and a run's gradients, times a factor.
     *
     * @return the run's metric
     */
    private double add(Run run, Tape tape, Tensor differences, double factor, double[][] values) {
      var points = graph.derived();
      Tensor value = metric.of(run);
      var found = tape.gradientsOrZero(value, points.stream().map(run.cache()::get).toList());
      var gradients = new HashMap<HookPoint, Tensor>();
      for (int i = 0; i < points.size(); i++) {
        gradients.put(points.get(i), found.get(i));
      }
      var readers = new ReaderGradients(model, run.cache(), gradients, pair.firstDifference());
      Gradients.unrecorded(
          () -> {
            Parallel.forEach(
                graph.groups(),
                group -> add(group, readers, differences, factor, values),
                group -> {});
            return values;
          });
      return value.item();
    }

    /** Adds the effects of one group's edges: no other group has cells in its columns. */
    private void add(
        Group group,
        ReaderGradients readers,
        Tensor differences,
        double factor,
        double[][] values) {
      int before = graph.before.get(group.column());
      try (var scope = Scope.open()) {
        Tensor gradients = group.gradients().apply(readers);
        int count = (int) gradients.size(READER);
        float[] products =
            differences
                .slice(WRITER, 0, before)
                .dot(gradients, BATCH, POS, D_MODEL)
                .order(WRITER, READER)
                .floats();
        for (int i = 0; i < products.length; i++) {
          values[i / count][group.column() + i % count] += factor * products[i];
        }
      }
    }

    List<Edge> exact(List<Edge> edges) {
      try (Run clean = model.run(pair.clean(), graph.writing());
          Run corrupted = model.run(pair.corrupted(), graph.writing());
          var scope = Scope.open()) {
        Tensor differences =
            Scope.result(() -> graph.differences(clean.cache(), corrupted.cache(), 0));
        double unchanged = metric.of(corrupted).item();
        return edges.stream()
            .map(
                edge ->
                    new Edge(edge.writer(), edge.reader(), patched(edge, differences) - unchanged))
            .toList();
      }
    }

    private double patched(Edge edge, Tensor differences) {
      int writer = graph.writers.indexOf(edge.writer());
      int reader = graph.readers.indexOf(edge.reader());
      if (writer < 0 || reader < 0 || writer >= graph.before.get(reader)) {
        throw new FresnelException(
            "there is no edge %s in %s".formatted(edge.label(), model.config().name()));
      }
      try (var scope = Scope.open()) {
        Tensor added = differences.select(WRITER, writer);
        var place = ResidualEdges.place(edge.reader(), model.layers());
        int head = edge.reader().head();
        Hook patch =
            (x, at) ->
                head < 0
                    ? x.plus(added)
                    : x.with(
                        ResidualEdges.heads(at.kind()),
                        head,
                        x.select(ResidualEdges.heads(at.kind()), head).plus(added));
        try (Run run = model.run(pair.corrupted(), RunPlan.nothing().edit(place, patch))) {
          return metric.of(run).item();
        }
      }
    }
  }
}
