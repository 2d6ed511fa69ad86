package dev.fresnel.analysis.patch;

import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KEY;
import static dev.fresnel.hook.Dims.QUERY;
import static dev.fresnel.hook.HookKind.ATTN_SCORES;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.Hook;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Attention knockout: some tokens may not attend to others in one head at a time. Edges are cut
 * before the softmax, so that the other keys share the weight. Source: Geva et al. 2023,
 * "Dissecting Recall of Factual Associations in Auto-Regressive Language Models".
 *
 * <pre>{@code
 * Sweep sweep = AttentionKnockout.of(model, List.of(14), List.of(2, 4)).run(pair);  // [layer][head]
 * var plan = RunPlan.nothing().edit(ATTN_SCORES.at(5), knockout.hook());            // all heads of L5
 * }</pre>
 *
 * @param model runs the texts
 * @param queries the positions that attend
 * @param keys the positions that they may not attend to
 * @param measure what is measured
 */
public record AttentionKnockout(
    Transformer model, List<Integer> queries, List<Integer> keys, Measure measure) {
  /**
   * @throws FresnelException if there are no edges, or a query could attend to nothing
   */
  public AttentionKnockout {
    queries = List.copyOf(queries);
    keys = List.copyOf(keys);
    if (queries.isEmpty() || keys.isEmpty()) {
      throw new FresnelException("a knockout cuts edges between tokens; name queries and keys");
    }
    for (int query : queries) {
      if (keys.stream().filter(key -> key <= query).distinct().count() > query) {
        throw new FresnelException(
            "position %d would have nothing left to attend to; leave it at least one key"
                .formatted(query));
      }
    }
  }

  /** The edges from each of these queries to each of these keys; the logit difference. */
  public static AttentionKnockout of(Transformer model, List<Integer> queries, List<Integer> keys) {
    return new AttentionKnockout(model, queries, keys, Measure.logitDifference());
  }

  public AttentionKnockout measure(Measure other) {
    return new AttentionKnockout(model, queries, keys, other);
  }

  /** A hook for {@code ATTN_SCORES} that cuts the edges in all heads. */
  public Hook hook() {
    return (scores, at) ->
        scores.plus(
            mask(Math.toIntExact(scores.size(QUERY)), Math.toIntExact(scores.size(KEY)), 0));
  }

  /** Cuts the edges of one head after another in the clean text: [layer][head]. */
  public Sweep run(PromptPair text) {
    int length = text.length();
    int last =
        Math.max(
            queries.stream().max(Integer::compare).get(),
            keys.stream().max(Integer::compare).get());
    if (last >= length) {
      throw new FresnelException(
          "there is no position %d: positions are 0 to %d".formatted(last, length - 1));
    }
    int first = queries.stream().min(Integer::compare).get();
    var axes = List.of(Axis.layers(model.layers()), Axis.heads(model.heads()));
    var tally = new Tally(1, model.layers() * model.heads(), SweepProgress.NONE);
    var cells = new ArrayList<Cell>();
    for (int layer = 0; layer < model.layers(); layer++) {
      for (int head = 0; head < model.heads(); head++) {
        int h = head;
        cells.add(new Cell(cells.size(), layer, first, (x, start) -> cut(x, h, length, start)));
      }
    }
    var batching =
        Batching.of(model.config(), length, measure, true, ActivationPatching.DEFAULT_MEMORY);
    try (var base = model.run(text.clean(), CellRuns.plan(model))) {
      var reading = measure.reading(base, base, text);
      tally.begin(reading.of(base, 0)[0], Double.NaN);
      new CellRuns(ATTN_SCORES, base, reading, batching).run(cells, tally::found);
    }
    return new Sweep(
        "knockout",
        model.config().name(),
        "attn_scores",
        "head",
        "queries " + queries + " to keys " + keys,
        measure.name(),
        axes,
        tally.means(),
        tally.clean(),
        Double.NaN,
        1,
        null,
        text.clean().row(0),
        List.of());
  }

  private Tensor cut(Tensor scores, int head, int length, int start) {
    return scores.with(
        HEAD, head, scores.select(HEAD, head).plus(mask(length - start, length, start)));
  }

  /** Minus infinity on the cut edges [query, key]; queries count from {@code start}. */
  private Tensor mask(int rows, int columns, int start) {
    float[] values = new float[rows * columns];
    for (int query : queries) {
      for (int key : keys) {
        if (query >= start && key < columns) {
          values[(query - start) * columns + key] = Float.NEGATIVE_INFINITY;
        }
      }
    }
    return Tensor.of(Shape.of(QUERY, rows).and(KEY, columns), values);
  }
}
