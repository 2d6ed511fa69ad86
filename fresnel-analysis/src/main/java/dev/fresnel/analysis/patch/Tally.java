package dev.fresnel.analysis.patch;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Collects the numbers of a sweep, text by text, and takes over those of a stopped one. */
final class Tally {
  /**
   * How far the metric of an unchanged run may be from the saved one, relative to the larger of it
   * and 1: other kernels and batches differ in the fifth digit, other weights in the first.
   */
  private static final double SAME = 1e-3;

  private final SweepKind kind;
  private final List<PromptPair> texts;
  private final SweepProgress progress;
  private final double[][] byText;
  private final double[] clean;
  private final double[] corrupted;
  private final BitSet computed;
  private int text;
  private long done;
  private boolean stopped;

  Tally(SweepKind kind, List<PromptPair> texts, SweepProgress progress) {
    this(kind, texts, progress, new BitSet());
    computed.set(0, kind.cells());
  }

  /**
   * @param computed the cells that the sweep computes; all others stay NaN
   */
  Tally(SweepKind kind, List<PromptPair> texts, SweepProgress progress, BitSet computed) {
    this.computed = computed;
    this.kind = kind;
    this.texts = texts;
    this.progress = progress;
    byText = new double[texts.size()][kind.cells()];
    for (double[] row : byText) {
      Arrays.fill(row, Double.NaN);
    }
    clean = new double[texts.size()];
    corrupted = new double[texts.size()];
    Arrays.fill(clean, Double.NaN);
    Arrays.fill(corrupted, Double.NaN);
  }

  /**
   * Takes over what a stopped sweep has.
   *
   * @param before null for none
   * @throws FresnelException if it is another sweep or has other texts
   */
  Tally continuing(@Nullable Sweep before) {
    if (before == null) {
      return this;
    }
    kind.requireSame(before);
    var state = before.state();
    if (state == null) {
      throw new FresnelException(
          "the saved sweep cannot be continued: it holds no numbers of single texts; run it anew");
    }
    if (state.texts().size() != texts.size()) {
      throw new FresnelException(
          "the saved sweep cannot be continued: it has %d texts, and this one %d; give the same texts"
              .formatted(state.texts().size(), texts.size()));
    }
    for (int i = 0; i < byText.length; i++) {
      var known = state.texts().get(i);
      requireSameText(i, known, before);
      if (known.values().length != byText[i].length) {
        throw new FresnelException(
            "the saved sweep cannot be continued: text %d has %d cells, expected %d; run it anew"
                .formatted(i, known.values().length, byText[i].length));
      }
      byText[i] = known.values();
      clean[i] = known.cleanMetric();
      corrupted[i] = known.corruptedMetric();
      done += known.done();
    }
    return this;
  }

  private void requireSameText(int index, SweepState.Text known, Sweep before) {
    var now = state(index);
    if (known.sameInput(now)) {
      return;
    }
    String what =
        !known.clean().equals(now.clean())
            ? "has the text " + shown(known.clean(), before) + ", this one " + now.clean()
            : !known.corrupted().equals(now.corrupted())
                ? "has the corrupted text " + known.corrupted() + ", this one " + now.corrupted()
                : "has the answer %d and the wrong token %d, this one %d and %d"
                    .formatted(known.answer(), known.wrong(), now.answer(), now.wrong());
    throw new FresnelException(
        "the saved sweep cannot be continued: its text %d, counted from 0, %s; give the same texts, or save to another file"
            .formatted(index, what));
  }

  /** The text where it is known, else its ids. */
  private static String shown(List<Integer> ids, Sweep before) {
    boolean first = before.tokens().stream().map(token -> token.id()).toList().equals(ids);
    return first && before.tokens().stream().allMatch(token -> token.text() != null)
        ? "\""
            + String.join("", before.tokens().stream().map(token -> token.text()).toList())
            + "\""
        : ids.toString();
  }

  private SweepState.Text state(int index) {
    var pair = texts.get(index);
    return new SweepState.Text(
        ids(pair.clean().ids(0)),
        ids(pair.corrupted().ids(0)),
        pair.answer(),
        pair.wrong(),
        clean[index],
        corrupted[index],
        byText[index]);
  }

  private static List<Integer> ids(int[] ids) {
    return IntStream.of(ids).boxed().toList();
  }

  /**
   * Runs every text that has cells left. The first text runs in any case, so that a model with
   * other weights is noticed.
   */
  void each(Consumer<PromptPair> run) {
    for (text = 0; text < byText.length && !stopped; text++) {
      if (text == 0 || !hasAll()) {
        run.accept(texts.get(text));
      }
    }
  }

  /** Whether the sweep is to end. */
  boolean stopped() {
    return stopped;
  }

  /** The number of the text that runs. */
  int text() {
    return text;
  }

  /**
   * Whether a stopped sweep had all numbers of the text that runs. If so, measures its unchanged
   * runs, so that other weights are noticed.
   */
  boolean knows(PromptPair pair, Transformer model, Measure measure) {
    if (!hasAll()) {
      return false;
    }
    try (var clean = model.run(pair.clean(), RunPlan.nothing());
        var corrupted = model.run(pair.corrupted(), RunPlan.nothing());
        var scope = Scope.open()) {
      var metric = measure.metric(clean, pair);
      begin(metric.of(clean).item(), metric.of(corrupted).item());
    }
    return true;
  }

  private boolean hasAll() {
    double[] numbers = byText[text];
    return computed.stream().noneMatch(cell -> Double.isNaN(numbers[cell]));
  }

  /**
   * Begins a text, with the metric of its unchanged runs. Those that a stopped sweep had are kept:
   * its numbers belong to them, and another way of running rounds differently.
   *
   * @throws FresnelException if a stopped sweep had other ones
   */
  void begin(double ofClean, double ofCorrupted) {
    clean[text] = same(clean[text], ofClean);
    corrupted[text] = same(corrupted[text], ofCorrupted);
  }

  private double same(double known, double now) {
    if (Math.abs(known - now) > SAME * Math.max(1, Math.abs(known))) {
      throw new FresnelException(
          "the saved sweep cannot be continued: text %d had a %s of %.4f in the unchanged run, and %s now gives %.4f; load the same weights, with the same processing"
              .formatted(text, kind.metric(), known, kind.model(), now));
    }
    return Double.isNaN(known) ? now : known;
  }

  /** The cells of the text that have no number yet. */
  List<Cell> left(List<Cell> cells) {
    var left = new ArrayList<Cell>();
    for (Cell cell : cells) {
      if (Double.isNaN(byText[text][cell.index()])) {
        left.add(cell);
      }
    }
    return left;
  }

  /** Sets all cells of the text. */
  void all(double[] numbers) {
    long before = known();
    byText[text] = numbers.clone();
    long found = known() - before;
    if (found > 0) {
      done += found;
      report();
    }
  }

  private long known() {
    return Arrays.stream(byText[text]).filter(value -> !Double.isNaN(value)).count();
  }

  /** Sets cells that cannot differ from the base run. */
  void same(List<Cell> cells, double base) {
    for (Cell cell : cells) {
      byText[text][cell.index()] = base;
    }
    done += cells.size();
  }

  boolean found(List<Cell> cells, double[] numbers) {
    for (int i = 0; i < numbers.length; i++) {
      byText[text][cells.get(i).index()] = numbers[i];
    }
    done += numbers.length;
    report();
    return !stopped;
  }

  private void report() {
    stopped = !progress.at(done, (long) byText.length * computed.cardinality());
  }

  /**
   * The results.
   *
   * @param compares whether there are corrupted texts
   */
  Sweep sweep(boolean compares) {
    var first = texts.get(0);
    return new Sweep(
        kind.experiment(),
        kind.model(),
        kind.what(),
        kind.by(),
        kind.method(),
        kind.metric(),
        kind.axes(),
        Statistics.means(byText),
        mean(clean),
        mean(corrupted),
        texts.size(),
        Statistics.spread(byText),
        first.clean().row(0),
        compares ? first.corrupted().row(0) : List.of(),
        new SweepState(
            kind.data(),
            computed.cardinality(),
            IntStream.range(0, texts.size()).mapToObj(this::state).toList()));
  }

  private static double mean(double[] numbers) {
    return Arrays.stream(numbers).average().orElseThrow();
  }
}
