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
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Attention knockout: some tokens may not attend to others, in one head or one layer at a time.
 * Edges are cut before the softmax, so that the other keys share the weight. Source: Geva et al.
 * 2023, "Dissecting Recall of Factual Associations in Auto-Regressive Language Models".
 *
 * <pre>{@code
 * Sweep sweep = AttentionKnockout.of(model, List.of(14), List.of(2, 4)).run(pair);  // [layer][head]
 * var plan = RunPlan.nothing().edit(ATTN_SCORES.at(5), knockout.hook());            // all heads of L5
 * }</pre>
 *
 * @param model runs the texts
 * @param queries the positions that attend
 * @param keys the positions that they may not attend to
 * @param by what one cell cuts the edges in
 * @param measure what is measured
 * @param memory the bytes that the sweep may take, beside the model
 */
public record AttentionKnockout(
    Transformer model,
    List<Integer> queries,
    List<Integer> keys,
    By by,
    Measure measure,
    long memory) {
  /** Where one cell cuts the edges. */
  public enum By {
    /** In one head. */
    HEAD,
    /** In all heads of one layer. */
    LAYER;

    /** {@code head}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * @throws FresnelException if there are no edges, or a query could attend to nothing
   */
  public AttentionKnockout {
    queries = List.copyOf(queries);
    keys = List.copyOf(keys);
    if (queries.isEmpty() || keys.isEmpty()) {
      throw new FresnelException("a knockout cuts edges between tokens; name queries and keys");
    }
    if (Collections.min(queries) < 0 || Collections.min(keys) < 0) {
      throw new FresnelException(
          "positions count from 0; got queries %s and keys %s".formatted(queries, keys));
    }
    if (Collections.max(queries) < Collections.min(keys)) {
      throw new FresnelException(
          "queries %s never attend to keys %s, which come later; name earlier keys"
              .formatted(queries, keys));
    }
    for (int query : queries) {
      if (keys.stream().filter(key -> key <= query).distinct().count() > query) {
        throw new FresnelException(
            "position %d would have nothing left to attend to; leave it at least one key"
                .formatted(query));
      }
    }
  }

  /** The edges from each of these queries to each of these keys, by head; the logit difference. */
  public static AttentionKnockout of(Transformer model, List<Integer> queries, List<Integer> keys) {
    return new AttentionKnockout(
        model,
        queries,
        keys,
        By.HEAD,
        Measure.logitDifference(),
        ActivationPatching.DEFAULT_MEMORY);
  }

  /** This knockout with the edges cut in heads, or in whole layers. */
  public AttentionKnockout by(By other) {
    return new AttentionKnockout(model, queries, keys, other, measure, memory);
  }

  /** This knockout with another measure. */
  public AttentionKnockout measure(Measure other) {
    return new AttentionKnockout(model, queries, keys, by, other, memory);
  }

  /** This knockout with another bound for its memory, in bytes: fewer cells then run together. */
  public AttentionKnockout memory(long bytes) {
    return new AttentionKnockout(model, queries, keys, by, measure, bytes);
  }

  /**
   * The memory that the knockout takes in a text of a length at its peak, beside the model, in
   * bytes: an estimate from above.
   *
   * @throws FresnelException if it needs more than is allowed, even for one cell at a time
   */
  public long peakBytes(int length) {
    return batching(length).peakBytes();
  }

  private Batching batching(int length) {
    long kept = Batching.baseBytes(model.config(), length);
    return Batching.of(model.config(), length, measure, true, memory, kept);
  }

  /** A hook for {@code ATTN_SCORES} that cuts the edges in all heads. */
  public Hook hook() {
    return (scores, at) ->
        scores.plus(
            mask(Math.toIntExact(scores.size(QUERY)), Math.toIntExact(scores.size(KEY)), 0));
  }

  /** Cuts the edges in the clean text: [layer][head], or [layer]. */
  public Sweep run(PromptPair text) {
    return run(List.of(text), SweepProgress.NONE);
  }

  /** Cuts the edges in the clean texts of pairs: results are means over them. */
  public Sweep run(List<PromptPair> texts) {
    return run(texts, SweepProgress.NONE);
  }

  /**
   * Cuts the edges in the clean texts of pairs, at the same positions of each: results are means
   * over them.
   *
   * @param progress is told of every batch, and may stop the sweep
   * @return the measure of each changed run, [layer][head] or [layer]
   * @throws FresnelException if there are no texts, one has not all positions, or one needs more
   *     memory than is allowed
   */
  public Sweep run(List<PromptPair> texts, SweepProgress progress) {
    return resume(null, texts, progress);
  }

  /**
   * Continues a knockout that was stopped: computes the cells that it has not.
   *
   * @param stopped what was found before; null to begin
   * @throws FresnelException if it is another knockout, or has other texts or another model; the
   *     message names the difference
   */
  public Sweep resume(@Nullable Sweep stopped, List<PromptPair> texts, SweepProgress progress) {
    if (texts.isEmpty()) {
      throw new FresnelException("a knockout needs at least one text, got none");
    }
    int last = Math.max(Collections.max(queries), Collections.max(keys));
    for (PromptPair text : texts) {
      if (last >= text.length()) {
        throw new FresnelException(
            "there is no position %d: positions are 0 to %d".formatted(last, text.length() - 1));
      }
    }
    var kind =
        new SweepKind(
            "knockout",
            model.config().name(),
            "attn_scores",
            by.label(),
            "queries " + queries + " to keys " + keys,
            measure.name(),
            axes(),
            "");
    var tally = new Tally(kind, texts, progress).continuing(stopped);
    tally.each(text -> cut(text, tally));
    return tally.sweep(false);
  }

  private List<Axis> axes() {
    var layers = Axis.layers(model.layers());
    return by == By.LAYER ? List.of(layers) : List.of(layers, Axis.heads(model.heads()));
  }

  private void cut(PromptPair text, Tally tally) {
    int length = text.length();
    int first = Collections.min(queries);
    var cells = new ArrayList<Cell>();
    for (int layer = 0; layer < model.layers(); layer++) {
      for (int head = 0; head < (by == By.LAYER ? 1 : model.heads()); head++) {
        int h = head;
        Cell.Edit edit =
            by == By.LAYER
                ? (x, start) -> x.plus(mask(length - start, length, start))
                : (x, start) -> cut(x, h, length, start);
        cells.add(new Cell(cells.size(), layer, first, edit));
      }
    }
    try (var base = model.run(text.clean(), CellRuns.plan(model))) {
      var reading = measure.reading(base, base, text);
      tally.begin(reading.of(base, 0)[0], Double.NaN);
      new CellRuns(ATTN_SCORES, base, reading, batching(length))
          .run(tally.left(cells), tally::found);
    }
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
