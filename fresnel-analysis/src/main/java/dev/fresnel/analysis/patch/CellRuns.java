package dev.fresnel.analysis.patch;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.RESID_PRE;

import dev.fresnel.hook.Hook;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Past;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Parallel;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a sweep's cells, and computes of each only what can differ from the base run: the layers
 * from the changed one on, and the positions from the changed one on. What stands before comes from
 * the base run: its residual stream before the layer, and its keys and values of earlier positions.
 *
 * <p>Cells with nearby first positions go through the layers together. A cell joins the batch
 * before its own layer, so that later layers read large batches, and no layer computes a cell that
 * it cannot change.
 */
final class CellRuns {
  /** Takes a cell's number. */
  @FunctionalInterface
  interface Found {
    /** Returns false to stop. */
    boolean accept(List<Cell> cells, double[] numbers);
  }

  private final Transformer model;
  private final HookKind kind;
  private final Run base;
  private final Measure.Reading reading;
  private final Batching batching;

  /**
   * @param kind the place that all cells change
   * @param base a run of {@link #plan} of one text
   */
  CellRuns(HookKind kind, Run base, Measure.Reading reading, Batching batching) {
    this.model = base.model();
    this.kind = kind;
    this.base = base;
    this.reading = reading;
    this.batching = batching;
  }

  /** What the base run has to keep. */
  static RunPlan plan(Transformer model) {
    return Past.plan(model).and(RunPlan.capture(RESID_PRE));
  }

  /** Cells that run together, from one position on. */
  private record Batch(List<Cell> cells, int start, long work) {}

  /** Measures all cells, some batches at once; stops where {@code found} says so. */
  void run(List<Cell> cells, Found found) {
    var batches = batches(cells);
    var numbers = new double[batches.size()][];
    var stopped = new AtomicBoolean();
    Parallel.forEach(
        batching.together(),
        IntStream.range(0, batches.size()).boxed().toList(),
        i -> numbers[i] = stopped.get() ? new double[0] : measured(batches.get(i)),
        i -> {
          if (!stopped.get() && !found.accept(batches.get(i).cells, numbers[i])) {
            stopped.set(true);
          }
        });
  }

  /** The batches, those with the most work first, so that cores end at about the same time. */
  private List<Batch> batches(List<Cell> cells) {
    var sorted = new ArrayList<>(cells);
    sorted.sort(
        Comparator.comparingInt(Cell::from)
            .thenComparingInt(Cell::layer)
            .thenComparingInt(Cell::index));
    var groups = new ArrayList<Batch>();
    for (int first = 0; first < sorted.size(); ) {
      int end = batching.end(sorted, first);
      groups.add(batch(sorted.subList(first, end), batching.start(sorted.get(first))));
      first = end;
    }
    long most = batching.most(groups.stream().mapToLong(Batch::work).sum());
    return groups.stream()
        .flatMap(group -> cut(group, most).stream())
        .sorted(Comparator.comparingLong(Batch::work).reversed())
        .toList();
  }

  private Batch batch(List<Cell> cells, int start) {
    return new Batch(
        cells, start, cells.stream().mapToLong(cell -> batching.work(cell, start)).sum());
  }

  /** Cuts a group of cells into batches of cells of nearby layers. */
  private List<Batch> cut(Batch group, long most) {
    var sorted = new ArrayList<>(group.cells);
    sorted.sort(Comparator.comparingInt(Cell::layer).thenComparingInt(Cell::index));
    int size = batching.cells(group.start);
    var batches = new ArrayList<Batch>();
    for (int first = 0; first < sorted.size(); ) {
      int end = first;
      long work = 0;
      while (end < sorted.size()
          && end < first + size
          && (end == first || work < most)
          && needsWholeEnd(sorted.get(end)) == needsWholeEnd(sorted.get(first))) {
        work += batching.work(sorted.get(end++), group.start);
      }
      batches.add(batch(sorted.subList(first, end), group.start));
      first = end;
    }
    return batches;
  }

  /**
   * Whether a cell needs the last layer at all positions, although the measure reads one. It then
   * has a batch without others, which do not.
   */
  private boolean needsWholeEnd(Cell cell) {
    return batching.reads() == Measure.Reads.LAST_POSITION
        && kind != RESID_PRE
        && cell.layer() == model.layers() - 1;
  }

  private double[] measured(Batch batch) {
    var cells = batch.cells;
    int start = batch.start;
    Run run = null;
    try (var past = start == 0 ? null : Past.of(base, start)) {
      int done = 0;
      while (done < cells.size()) {
        int layer = cells.get(done).layer();
        int first = done;
        while (done < cells.size() && cells.get(done).layer() == layer) {
          done++;
        }
        int next = done < cells.size() ? cells.get(done).layer() : model.layers();
        var joining = cells.subList(first, done);
        Run before = run;
        run = through(before, joining, start, next, past);
        if (before != null) {
          before.close();
        }
      }
      return run == null ? new double[0] : reading.of(run, start);
    } finally {
      if (run != null) {
        run.close();
      }
    }
  }

  /** Runs the batch and the cells that join it up to a layer. */
  private Run through(
      @Nullable Run before, List<Cell> joining, int start, int next, @Nullable Past past) {
    int layer = joining.get(0).layer();
    int already = before == null ? 0 : before.tokens().batch();
    int texts = already + joining.size();
    try (var scope = Scope.open()) {
      Tensor own =
          base.cache()
              .get(RESID_PRE, layer)
              .slice(POS, start, base.tokens().length())
              .repeatEach(BATCH, joining.size());
      Tensor entering =
          before == null ? own : Tensor.concatenate(BATCH, List.of(before.residual(), own));
      var plan =
          RunPlan.nothing()
              .edit(kind.at(layer), edits(joining, already, start))
              .startAt(layer, entering);
      if (next < model.layers()) {
        plan = plan.stopAt(next);
      } else if (batching.reads() == Measure.Reads.LAST_POSITION) {
        plan = plan.lastLogitsOnly();
      }
      var tokens = suffixes(start, texts);
      return past == null ? model.run(tokens, plan) : model.run(tokens, plan, past.forTexts(texts));
    }
  }

  /** Changes the texts that join, which stand behind those already there. */
  private static Hook edits(List<Cell> joining, int already, int start) {
    return (activation, at) -> {
      var parts = new ArrayList<Tensor>();
      if (already > 0) {
        parts.add(activation.slice(BATCH, 0, already));
      }
      for (int i = 0; i < joining.size(); i++) {
        Tensor one = activation.slice(BATCH, already + i, already + i + 1);
        parts.add(joining.get(i).edit().apply(one, start).order(activation.dims()));
      }
      return Tensor.concatenate(BATCH, parts);
    };
  }

  private Tokens suffixes(int start, int texts) {
    int[] ids = base.tokens().ids(0);
    return Tokens.ofRows(Collections.nCopies(texts, Arrays.copyOfRange(ids, start, ids.length)));
  }
}
