package dev.fresnel.analysis.patch;

import dev.fresnel.analysis.attribution.AttributionPatching;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Tensor;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Activation patching: replaces one activation of a run by that of another text, cell by cell, and
 * measures what follows. A value: every method gives a new one.
 *
 * <pre>{@code
 * var pair = PromptPair.of(model, "John gave a drink to", "Mary gave a drink to", " Mary", " John");
 * Sweep resid = ActivationPatching.of(model).run(pair);                        // [layer][position]
 * Sweep heads = ActivationPatching.of(model).what(PatchSite.HEAD_OUT).by(PatchBy.HEAD).run(pair); // [layer][head]
 * }</pre>
 *
 * <p>The numbers are those of TransformerLens's {@code patching.py}, in the unit of the measure:
 * [layer][position] of the residual stream and of what attention and MLPs write; of heads
 * [layer][position][head], [layer][head] by {@link PatchBy#HEAD}, and
 * [layer][head][position][source] by {@link PatchBy#SOURCE}. Keys and values have the model's
 * key-value heads. A sweep computes only what a cell can change: layers and positions before it are
 * those of the unchanged run.
 *
 * @param model runs the texts
 * @param what the activation that is replaced
 * @param by how much of it one cell replaces
 * @param measure what is measured
 * @param direction which run is changed
 * @param memory the bytes that the sweep may take, beside the model
 */
public record ActivationPatching(
    Transformer model,
    PatchSite what,
    PatchBy by,
    Measure measure,
    Direction direction,
    long memory) {
  /** The memory of a sweep where none is given: 2 GB. */
  public static final long DEFAULT_MEMORY = 2_000_000_000;

  /**
   * @throws FresnelException if the model has no such activation, or it has no heads and cells are
   *     heads
   */
  public ActivationPatching {
    if (by == PatchBy.HEAD && !what.ofHeads()) {
      throw new FresnelException(
          what.label() + " has no heads; patch it by position, or patch a head's activation");
    }
    if (by == PatchBy.SOURCE && what != PatchSite.HEAD_PATTERN) {
      throw new FresnelException(
          "only head_pattern has sources, not " + what.label() + "; patch it by position");
    }
    if (!model.hookPoints().contains(what.kind().at(0))) {
      throw new FresnelException(
          "%s has no %s%s; patch another activation"
              .formatted(
                  model.config().name(),
                  what.kind().at(0),
                  model.config().attentionOnly() ? ", since it has attention alone" : ""));
    }
  }

  /**
   * The residual stream before each layer, by position; the logit difference; the clean run's
   * activations put into the corrupted run.
   */
  public static ActivationPatching of(Transformer model) {
    return new ActivationPatching(
        model,
        PatchSite.RESID_PRE,
        PatchBy.POSITION,
        Measure.logitDifference(),
        Direction.CLEAN_INTO_CORRUPTED,
        DEFAULT_MEMORY);
  }

  /** This sweep of another activation, by position. */
  public ActivationPatching what(PatchSite other) {
    return new ActivationPatching(model, other, PatchBy.POSITION, measure, direction, memory);
  }

  /**
   * This sweep with cells of another kind; {@link #what} sets positions.
   *
   * @throws FresnelException if cells are heads or sources, and the activation has none
   */
  public ActivationPatching by(PatchBy other) {
    return new ActivationPatching(model, what, other, measure, direction, memory);
  }

  /** This sweep with another measure. */
  public ActivationPatching measure(Measure other) {
    return new ActivationPatching(model, what, by, other, direction, memory);
  }

  /** This sweep with the other run changed. */
  public ActivationPatching direction(Direction other) {
    return new ActivationPatching(model, what, by, measure, other, memory);
  }

  /** This sweep with another bound for its memory, in bytes: fewer cells then run together. */
  public ActivationPatching memory(long bytes) {
    return new ActivationPatching(model, what, by, measure, direction, bytes);
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

  private long keptBytes(int length) {
    var sizes = model.config().sizes();
    long pattern = what == PatchSite.HEAD_PATTERN ? 2L * sizes.heads() * length : 0;
    long heads = 2L * sizes.heads() * sizes.dHead();
    long row = 3L * sizes.dModel() + 6L * sizes.keyValueHeads() * sizes.dHead() + heads + pattern;
    return Float.BYTES * sizes.layers() * row * length;
  }

  private Batching batching(int length) {
    boolean pattern = what == PatchSite.HEAD_PATTERN;
    return Batching.of(model.config(), length, measure, pattern, memory, keptBytes(length));
  }

  /** Patches one pair. */
  public Sweep run(PromptPair pair) {
    return run(List.of(pair));
  }

  /** Patches many pairs: results are means over them, with their spread. */
  public Sweep run(List<PromptPair> pairs) {
    return run(pairs, SweepProgress.NONE);
  }

  /**
   * Patches many pairs.
   *
   * @param progress is told of every batch, and may stop the sweep: cells that were not computed
   *     for every pair are NaN
   * @throws FresnelException if there are no pairs, or cells are positions and the pairs have
   *     different numbers of tokens
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
    requireAlike(pairs);
    var kind = kind("patch", direction.label(), pairs);
    var tally = new Tally(kind, pairs, progress).continuing(stopped);
    tally.each(pair -> patch(pair, tally));
    return tally.sweep(true);
  }

  /**
   * Estimates what {@link #run(List)} finds, by attribution patching: two runs and one pass back
   * for each pair. A value is the metric of the unchanged run plus the estimated effect.
   *
   * @throws FresnelException if the site has no positions, as a pattern
   * @see AttributionPatching
   */
  public Sweep estimate(List<PromptPair> pairs) {
    return estimate(null, pairs, SweepProgress.NONE);
  }

  /**
   * Continues an estimate that was stopped: of the pairs that it has not.
   *
   * @param stopped what was found before; null to begin
   * @param progress is told of every pair, and may stop
   * @throws FresnelException as {@link #estimate(List)} and {@link #resume}, and if a pair needs
   *     more memory than is allowed
   */
  public Sweep estimate(@Nullable Sweep stopped, List<PromptPair> pairs, SweepProgress progress) {
    return new Estimate(this, pairs).sweep(stopped, progress);
  }

  /**
   * The memory that the estimate of a pair of a length takes at its peak, beside the model, in
   * bytes: an estimate from above.
   */
  public long estimatePeakBytes(int length) {
    return GradientMemory.ofKind(model.config(), what.kind(), length);
  }

  /**
   * Several sites in one sweep each: {@link PatchSite#BLOCKS}, or {@link PatchSite#HEADS} by
   * position or, from a sweep by head, by head. They are TransformerLens's {@code
   * get_act_patch_block_every}, {@code get_act_patch_attn_head_by_pos_every} and {@code
   * get_act_patch_attn_head_all_pos_every}.
   *
   * @throws FresnelException as {@link #run(List, SweepProgress)}, and if one of the sites has no
   *     cells of this kind
   */
  public List<Sweep> every(List<PatchSite> sites, List<PromptPair> pairs) {
    return sites.stream().map(site -> what(site).by(by).run(pairs)).toList();
  }

  PatchCells cells(int length) {
    return new PatchCells(what, by, model.config().sizes(), length);
  }

  void requireAlike(List<PromptPair> pairs) {
    if (pairs.isEmpty()) {
      throw new FresnelException("patching needs at least one pair of texts, got none");
    }
    int length = pairs.get(0).length();
    for (int i = 0; i < pairs.size(); i++) {
      if (by != PatchBy.HEAD && pairs.get(i).length() != length) {
        throw new FresnelException(
            "pairs that are patched by position need one number of tokens: pair 0 of the list has %d, pair %d has %d; patch by head, or give pairs of one length"
                .formatted(length, i, pairs.get(i).length()));
      }
    }
  }

  SweepKind kind(String experiment, String method, List<PromptPair> pairs) {
    return new SweepKind(
        experiment,
        model.config().name(),
        what.label(),
        by.label(),
        method,
        measure.name(),
        cells(pairs.get(0).length()).axes(),
        "");
  }

  private void patch(PromptPair pair, Tally tally) {
    boolean restores = direction == Direction.CLEAN_INTO_CORRUPTED;
    var ofSource = RunPlan.capture(what.kind());
    var ofBase = CellRuns.plan(model).and(ofSource);
    try (var clean = model.run(pair.clean(), restores ? ofSource : ofBase);
        var corrupted = model.run(pair.corrupted(), restores ? ofBase : ofSource)) {
      Run base = restores ? corrupted : clean;
      Run source = restores ? clean : corrupted;
      var reading = measure.reading(clean, base, pair);
      double[] unpatched = {reading.of(clean, 0)[0], reading.of(corrupted, 0)[0]};
      tally.begin(unpatched[0], unpatched[1]);
      int differs = pair.firstDifference();
      IntFunction<Tensor> given = layer -> source.cache().get(what.kind(), layer);
      var cells = cells(pair.length());
      var changes = cells.change(given, layer -> base.cache().get(what.kind(), layer));
      var byChange =
          tally.left(cells.all(given, differs)).stream()
              .collect(
                  Collectors.partitioningBy(
                      cell -> cell.from() >= differs && changes[cell.index()]));
      tally.same(byChange.get(false), restores ? unpatched[1] : unpatched[0]);
      new CellRuns(what.kind(), base, reading, batching(pair.length()))
          .run(byChange.get(true), tally::found);
    }
  }

  /** The settings, for a page's footer. */
  @Override
  public String toString() {
    return String.join(", ", what.label(), "by " + by.label(), measure.name(), direction.label());
  }
}
