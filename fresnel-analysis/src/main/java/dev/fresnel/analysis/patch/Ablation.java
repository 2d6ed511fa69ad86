package dev.fresnel.analysis.patch;

import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Ablation: removes one head, MLP, neuron or position at a time, and measures what it costs. A
 * value: every method gives a new one. Results are the measure of each changed run: [layer][head]
 * of heads, [layer] of MLPs, [layer][neuron], or [layer][position].
 *
 * <pre>{@code
 * Sweep heads = Ablation.of(model).run(model.tokens("…"));   // the loss without each head
 * Sweep mlps = Ablation.of(model).what(AblationSite.MLPS).by(Filling.MEAN, data).run(texts);
 * }</pre>
 *
 * @param model runs the texts
 * @param what what is removed
 * @param by what is put in its place
 * @param data texts for means and resampling; none for zeros
 * @param measure what is measured
 * @param memory the bytes that the sweep may take, beside the model
 */
public record Ablation(
    Transformer model,
    AblationSite what,
    Filling by,
    List<Tokens> data,
    Measure measure,
    long memory) {
  /** Seeds the drawing of texts, so that an ablation gives the same numbers each time. */
  private static final long SEED = 1;

  /**
   * @throws FresnelException if the model has no such place, or there are no data where they are
   *     needed
   */
  public Ablation {
    data = List.copyOf(data);
    if (!model.hookPoints().contains(what.kind().at(0))) {
      throw new FresnelException(
          "%s has no %s, since it has attention alone; ablate heads"
              .formatted(model.config().name(), what == AblationSite.MLPS ? "MLPs" : what.label()));
    }
    if (by != Filling.ZERO && data.isEmpty()) {
      throw new FresnelException(
          "ablation by %s needs a data set; give texts, or ablate by zero".formatted(by.label()));
    }
  }

  /** Each head replaced by zeros; the mean loss. */
  public static Ablation of(Transformer model) {
    return new Ablation(
        model,
        AblationSite.HEADS,
        Filling.ZERO,
        List.of(),
        Measure.loss(),
        ActivationPatching.DEFAULT_MEMORY);
  }

  /**
   * This ablation of something else.
   *
   * @throws FresnelException if the model has no such place
   */
  public Ablation what(AblationSite other) {
    return new Ablation(model, other, by, data, measure, memory);
  }

  /**
   * This ablation with something else in the place of what is removed.
   *
   * @param data the texts of {@link Filling#MEAN} and {@link Filling#RESAMPLE}; none for {@link
   *     Filling#ZERO}
   * @throws FresnelException if there are no data where they are needed
   */
  public Ablation by(Filling filling, List<Tokens> data) {
    return new Ablation(model, what, filling, data, measure, memory);
  }

  /** This ablation with another measure: of texts alone, or of the clean texts of pairs. */
  public Ablation measure(Measure other) {
    return new Ablation(model, what, by, data, other, memory);
  }

  /** This ablation with another bound for its memory, in bytes: fewer cells then run together. */
  public Ablation memory(long bytes) {
    return new Ablation(model, what, by, data, measure, bytes);
  }

  /**
   * The memory that the ablation takes in a text of a length at its peak, beside the model, in
   * bytes: an estimate from above. Texts of the data that are longer take more.
   *
   * @throws FresnelException if it needs more than is allowed, even for one cell at a time
   */
  public long peakBytes(int length) {
    return batching(length).peakBytes();
  }

  private Batching batching(int length) {
    // The base run, and what is put in: at most one activation of another text.
    long filling = by == Filling.ZERO ? 0 : (long) Float.BYTES * model.layers() * width() * length;
    long kept = Batching.baseBytes(model.config(), length) + filling;
    return Batching.of(model.config(), length, measure, false, memory, kept);
  }

  /** The numbers of the ablated activation at one position. */
  private long width() {
    var sizes = model.config().sizes();
    return switch (what) {
      case HEADS -> (long) sizes.heads() * sizes.dHead();
      case NEURONS -> model.config().mlp().width();
      case MLPS, POSITIONS -> sizes.dModel();
    };
  }

  /** Ablates in one text, one row. */
  public Sweep run(Tokens text) {
    return run(List.of(text));
  }

  /** Ablates in the clean text of a pair, whose answers a measure may read. */
  public Sweep run(PromptPair text) {
    return run(List.of(text), SweepProgress.NONE);
  }

  /** Ablates in these texts, one row each: results are means over them. */
  public Sweep run(List<Tokens> texts) {
    return run(texts.stream().map(PromptPair::alone).toList(), SweepProgress.NONE);
  }

  /**
   * Ablates in the clean texts of pairs, whose answers a measure may read.
   *
   * @param progress is told of every batch, and may stop the sweep
   * @throws FresnelException if there are no texts, or positions are ablated in texts of different
   *     lengths; if no text of the data is as long as one that is resampled; and if a text needs
   *     more memory than is allowed
   */
  public Sweep run(List<PromptPair> texts, SweepProgress progress) {
    return resume(null, texts, progress);
  }

  /**
   * Continues an ablation that was stopped: computes the cells that it has not.
   *
   * @param stopped what was found before; null to begin
   * @throws FresnelException if it is another ablation, or has other texts or another model; the
   *     message names the difference
   */
  public Sweep resume(@Nullable Sweep stopped, List<PromptPair> texts, SweepProgress progress) {
    if (texts.isEmpty()) {
      throw new FresnelException("ablation needs at least one text, got none");
    }
    int length = texts.get(0).length();
    if (what == AblationSite.POSITIONS
        && texts.stream().anyMatch(text -> text.length() != length)) {
      throw new FresnelException(
          "positions can be ablated in texts of one number of tokens only; give such texts, or one"
              + " at a time");
    }
    var axes = axes(length);
    var kind =
        new SweepKind(
            "ablate",
            model.config().name(),
            what.label(),
            axes.get(axes.size() - 1).name(),
            by.label(),
            measure.name(),
            axes,
            fingerprint());
    var tally = new Tally(kind, texts, progress).continuing(stopped);
    try (var means =
        by == Filling.MEAN ? Fill.Means.of(model, what.kind(), data) : new Fill.Zeros()) {
      tally.each(text -> ablate(text, means, random(tally.text()), tally));
    }
    return tally.sweep(false);
  }

  /** For one text the same draw each time, whether the texts before it are run or not. */
  private static Random random(int text) {
    var random = new Random(SEED);
    for (int i = 0; i < text; i++) {
      random.nextInt();
    }
    return random;
  }

  /** A checksum of the data's tokens; empty for none. */
  private String fingerprint() {
    if (data.isEmpty()) {
      return "";
    }
    var sum = new CRC32C();
    for (Tokens text : data) {
      for (int row = 0; row < text.batch(); row++) {
        sum.update((Arrays.toString(text.ids(row)) + "\n").getBytes(StandardCharsets.US_ASCII));
      }
    }
    return "%d texts, CRC-32C %08x".formatted(data.size(), sum.getValue());
  }

  private List<Axis> axes(int length) {
    var layers = Axis.layers(model.layers());
    return switch (what) {
      case HEADS -> List.of(layers, Axis.heads(model.heads()));
      case MLPS -> List.of(layers);
      case NEURONS -> List.of(layers, Axis.numbered("neuron", "N", model.config().mlp().width()));
      case POSITIONS -> List.of(layers, Axis.positions("position", length));
    };
  }

  private void ablate(PromptPair text, Fill means, Random random, Tally tally) {
    int length = text.length();
    try (var base = model.run(text.clean(), CellRuns.plan(model));
        var fill =
            by == Filling.RESAMPLE
                ? Fill.Other.of(model, what.kind(), data, length, random)
                : new Fill.Zeros()) {
      var reading = measure.reading(base, base, text);
      tally.begin(reading.of(base, 0)[0], Double.NaN);
      var cells = cells(length, by == Filling.MEAN ? means : fill);
      new CellRuns(what.kind(), base, reading, batching(length))
          .run(tally.left(cells), tally::found);
    }
  }

  private List<Cell> cells(int length, Fill fill) {
    var axes = axes(length);
    int each = axes.size() == 1 ? 1 : axes.get(1).size();
    var cells = new ArrayList<Cell>();
    for (int layer = 0; layer < model.layers(); layer++) {
      for (int i = 0; i < each; i++) {
        int l = layer;
        int which = i;
        int from = what == AblationSite.POSITIONS ? i : 0;
        cells.add(
            new Cell(
                cells.size(),
                layer,
                from,
                (x, start) -> removed(x, which, fill.at(l, start, length), start)));
      }
    }
    return cells;
  }

  private Tensor removed(Tensor x, int which, @Nullable Tensor fill, int start) {
    if (what.axis().isEmpty()) {
      Tensor zeros = x.times(0);
      return fill == null ? zeros : zeros.plus(fill);
    }
    Dim axis = what.axis().get();
    int index = axis.equals(POS) ? which - start : which;
    if (fill == null) {
      return x.with(axis, index, 0.0);
    }
    return x.with(axis, index, fill.has(axis) ? fill.select(axis, index) : fill);
  }
}
