package dev.fresnel.analysis.patch;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Parallel;
import java.util.List;
import java.util.Locale;

/**
 * How a sweep's cells are put into batches, and the memory that this takes.
 *
 * @param model the model's configuration
 * @param length the number of positions of the text
 * @param reads what the measure reads of a run
 * @param pattern whether attention patterns stay in memory
 * @param split whether what a head reads is changed, so that its layer has an input for every head
 * @param texts the most texts of a batch, at the text's full length
 * @param together how many batches run at once, each on one core
 * @param kept the bytes of the runs that the sweep keeps beside the batches
 */
record Batching(
    ModelConfig model,
    int length,
    Measure.Reads reads,
    boolean pattern,
    boolean split,
    int texts,
    int together,
    long kept) {
  /**
   * The most rows, positions of all texts, of a batch. Products are at their full rate from some
   * hundred rows on, and a batch that leaves the processor's caches gains nothing.
   */
  private static final int ROWS = 2048;

  /**
   * The work is cut into at least this many batches per core, so that no core is idle for long
   * while others finish.
   */
  private static final int BATCHES_PER_CORE = 2;

  /** Float32. */
  private static final long BYTES = 4;

  /**
   * What each layer of a batch costs, however many rows the batch has, in rows: its weights are
   * read, and its operations begun. An estimate: at 20 GB/s and 130 GFLOP/s, reading alone is worth
   * 13 rows.
   */
  private static final int ROWS_PER_LAYER = 25;

  /**
   * The batches for one text.
   *
   * @param memory the bytes that the sweep may take beside the model
   * @param kept how many of them the runs take that it keeps beside its batches
   * @throws FresnelException if it needs more for one cell alone
   */
  static Batching of(
      ModelConfig model, int length, Measure measure, boolean pattern, long memory, long kept) {
    return of(new Batching(model, length, measure.reads(), pattern, false, 1, 1, kept), memory);
  }

  /** The same, for cells that change what a head reads. */
  static Batching ofSplit(ModelConfig model, int length, Measure measure, long memory, long kept) {
    return of(new Batching(model, length, measure.reads(), false, true, 1, 1, kept), memory);
  }

  private static Batching of(Batching one, long memory) {
    if (one.peakBytes() > memory) {
      throw new FresnelException(
          "this sweep needs at least about %s for a text of %d tokens, and %s are allowed; allow more, or give shorter texts"
              .formatted(megabytes(one.peakBytes()), one.length, megabytes(memory)));
    }
    long runs = (memory - one.kept) / one.batchBytes();
    int together = (int) Math.min(Parallel.threads(), runs);
    long most = Math.max(1, ROWS / one.length);
    int texts = (int) Math.min(most, runs / together);
    return new Batching(
        one.model, one.length, one.reads, one.pattern, one.split, texts, together, one.kept);
  }

  /** What a base run of {@link CellRuns#plan} keeps of a text, in bytes. */
  static long baseBytes(ModelConfig model, int length) {
    var sizes = model.sizes();
    long row = sizes.dModel() + 2L * sizes.keyValueHeads() * sizes.dHead();
    return BYTES * sizes.layers() * row * length;
  }

  static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%,.0f MB", Math.ceil(bytes / 1e6));
  }

  /** The first position that the runs of a group compute, by the group's first cell. */
  int start(Cell first) {
    return reads == Measure.Reads.WHOLE_TEXT ? 0 : first.from();
  }

  /**
   * Where a group of cells with nearby first positions ends, which run from one start together.
   * Cells of the next position join as long as the rows that this adds to theirs cost less than a
   * group of their own.
   *
   * @param sorted cells, those of earlier first positions first
   * @param first where the group begins
   */
  int end(List<Cell> sorted, int first) {
    int start = start(sorted.get(first));
    int end = first;
    while (end < sorted.size()) {
      int from = sorted.get(end).from();
      int next = end;
      long layers = 0;
      int most = 0;
      for (; next < sorted.size() && sorted.get(next).from() == from; next++) {
        int passed = model.sizes().layers() - sorted.get(next).layer();
        layers += passed;
        most = Math.max(most, passed);
      }
      boolean joins = (from - start) * layers <= (long) ROWS_PER_LAYER * most;
      if (!joins && reads != Measure.Reads.WHOLE_TEXT) {
        return end;
      }
      end = next;
    }
    return end;
  }

  /** The most cells of a batch that runs from a start on. */
  int cells(int start) {
    return (int) Math.min(Integer.MAX_VALUE, (long) texts * length / Math.max(1, length - start));
  }

  /** The layers and rows that a cell passes, run from a start on. */
  long work(Cell cell, int start) {
    return (long) (model.sizes().layers() - cell.layer() + 1) * (length - start);
  }

  /** The most work of a batch, where all batches together have this much. */
  long most(long work) {
    return together == 1 ? work : work / ((long) BATCHES_PER_CORE * together);
  }

  /** The memory of the sweep, in bytes: of the runs that it keeps, and of its batches. */
  long peakBytes() {
    return kept + batchBytes();
  }

  /**
   * The memory of the batches that run at once, in bytes: what a layer and the measure hold, at the
   * text's full length.
   */
  private long batchBytes() {
    var sizes = model.sizes();
    long heads = (long) sizes.dHead() * (sizes.heads() + 2L * sizes.keyValueHeads());
    // The residual stream before and behind a layer, its norm and sums; queries, keys and values
    // twice, with those of the past; the neurons twice, with the gate's.
    long row = 6L * sizes.dModel() + 2 * heads + 3L * model.mlp().width();
    row += split ? 3L * sizes.heads() * sizes.dModel() : 0;
    long scores = pattern ? 3L * sizes.heads() * length : sizes.heads() * (long) length;
    long logits = (reads == Measure.Reads.ALL_LOGITS ? 3L * length : 3L) * sizes.vocabularyOut();
    return BYTES * together * texts * ((row + scores) * length + logits);
  }
}
