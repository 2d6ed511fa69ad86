package dev.fresnel.analysis.patch;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.file.WholeFile;
import dev.fresnel.text.Token;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The results of a sweep: one number per cell, with names for its axes. A value: its arrays are
 * copied in and out.
 *
 * <pre>{@code
 * Sweep sweep = ActivationPatching.of(model).run(pair);
 * sweep.at(5, 14);              // layer 5, position 14
 * sweep.normalised(5, 14);      // 0 as corrupted, 1 as clean
 * sweep.strongest(3);           // the three cells with the largest effects
 * sweep.save(Path.of("patch.json"));
 * }</pre>
 *
 * @param experiment what was done: {@code patch}, {@code ablate}, {@code knockout}, {@code
 *     path-patch}, {@code attribution-patch}
 * @param model the model's name
 * @param what the activation that was changed: {@code resid_pre}
 * @param by what one cell is: {@code position}
 * @param method how it was changed: {@code clean-into-corrupted}, {@code zero}
 * @param metric what was measured: {@code logit-diff}
 * @param axes outermost first
 * @param values the metric of each run, the last axis fastest; over several texts, the mean. NaN
 *     where a sweep was stopped
 * @param clean the metric of the unchanged clean run; over several texts, the mean
 * @param corrupted the same of the corrupted run; NaN where there is none
 * @param texts how many texts or pairs of texts
 * @param spread how far the texts differ; null for one
 * @param tokens of the text, or the clean one; of the first where there are several
 * @param corruptedTokens of the corrupted text; empty where there is none
 * @param state the numbers of each text, from which a stopped sweep is continued; null where they
 *     are not known
 */
public record Sweep(
    String experiment,
    String model,
    String what,
    String by,
    String method,
    String metric,
    List<Axis> axes,
    double[] values,
    double clean,
    double corrupted,
    int texts,
    @Nullable Spread spread,
    List<Token> tokens,
    List<Token> corruptedTokens,
    @Nullable SweepState state) {
  /** The most that is read of a saved sweep, in bytes: some ten million cells. */
  private static final long LARGEST = 500_000_000;

  /** What float32 sums of logits may be off by, as a part of them. */
  private static final double ROUNDING = 1e-6;

  /**
   * How far the texts of a sweep differ, for each cell.
   *
   * @param standardError of the mean
   * @param low the lower end of the bootstrap interval of the mean, {@link Statistics#LEVEL} wide
   * @param high its upper end
   */
  public record Spread(double[] standardError, double[] low, double[] high) {
    public Spread {
      standardError = standardError.clone();
      low = low.clone();
      high = high.clone();
    }

    @Override
    public double[] standardError() {
      return standardError.clone();
    }

    @Override
    public double[] low() {
      return low.clone();
    }

    @Override
    public double[] high() {
      return high.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Spread that
          && Arrays.equals(standardError, that.standardError)
          && Arrays.equals(low, that.low)
          && Arrays.equals(high, that.high);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(standardError);
    }

    @Override
    public String toString() {
      return "Spread[standard error %s, low %s, high %s]"
          .formatted(Arrays.toString(standardError), Arrays.toString(low), Arrays.toString(high));
    }
  }

  /**
   * @throws FresnelException if there are not as many values as cells
   */
  public Sweep {
    axes = List.copyOf(axes);
    values = values.clone();
    tokens = List.copyOf(tokens);
    corruptedTokens = List.copyOf(corruptedTokens);
    int cells = axes.stream().mapToInt(Axis::size).reduce(1, Math::multiplyExact);
    if (cells != values.length) {
      throw new FresnelException(
          "a sweep over %s has %d values; got %d".formatted(axes, cells, values.length));
    }
  }

  /** A copy, the last axis fastest. */
  @Override
  public double[] values() {
    return values.clone();
  }

  /**
   * The metric of one cell.
   *
   * @param indices one per axis, from 0
   * @throws FresnelException if there is no such cell
   */
  public double at(int... indices) {
    return values[index(indices)];
  }

  /**
   * One cell on the scale on which the corrupted run is 0 and the clean run 1. NaN where these two
   * are equal or there is no corrupted run.
   */
  public double normalised(int... indices) {
    return normalised(at(indices));
  }

  /** All cells as {@link #normalised(int...)}, the last axis fastest. */
  public double[] normalised() {
    return Arrays.stream(values).map(this::normalised).toArray();
  }

  private double normalised(double value) {
    // Zero behind the addition, so that no change has no sign.
    return clean == corrupted ? Double.NaN : (value - corrupted) / (clean - corrupted) + 0.0;
  }

  /** How much each cell differs from the unchanged clean run, the last axis fastest. */
  public double[] changes() {
    return Arrays.stream(values).map(value -> value - clean).toArray();
  }

  /**
   * How far each cell moves the run that is changed, the last axis fastest. On the scale of {@link
   * #normalised()} where there is one: 1 turns a corrupted run into the clean one, -1 a clean run
   * into the corrupted one. In the metric's unit where there is none.
   */
  public double[] effects() {
    return Arrays.stream(values).map(this::effect).toArray();
  }

  private double effect(double value) {
    double scale = scaled() ? clean - corrupted : 1;
    return (value - unchanged()) / scale + 0.0;
  }

  /** The metric of the run that cells change. */
  private double unchanged() {
    return hasCorrupted() && !changesClean() ? corrupted : clean;
  }

  /**
   * The cells with the largest {@link #effects}, of either sign, the largest first; NaN is left
   * out. The last ones may have none: {@link #changes} says which have.
   *
   * @param count how many, 0 or more; fewer are given where there are fewer
   * @throws FresnelException if it is negative
   */
  public List<SweepCell> strongest(int count) {
    if (count < 0) {
      throw new FresnelException("expected a number of cells from 0 on, got " + count);
    }
    double[] effects = effects();
    return IntStream.range(0, values.length)
        .filter(cell -> !Double.isNaN(effects[cell]))
        .boxed()
        .sorted(Comparator.comparingDouble(cell -> -Math.abs(effects[cell])))
        .limit(count)
        .map(this::cell)
        .toList();
  }

  /**
   * Whether a cell moved the metric by more than float32 rounds: a millionth of the metric of the
   * unpatched runs, or of 1 where these are smaller.
   */
  public boolean changes(SweepCell cell) {
    double size = Math.max(1, Math.max(Math.abs(clean), hasCorrupted() ? Math.abs(corrupted) : 0));
    return Math.abs(cell.value() - unchanged()) > ROUNDING * size;
  }

  private SweepCell cell(int index) {
    double low = spread == null ? Double.NaN : effect(spread.low[index]);
    double high = spread == null ? Double.NaN : effect(spread.high[index]);
    double value = values[index];
    // A scale may be negative, where the corrupted run has the greater metric.
    return new SweepCell(
        index, label(index), value, effect(value), Math.min(low, high), Math.max(low, high));
  }

  /** Whether clean and corrupted runs differ, so that cells have a place between them. */
  public boolean scaled() {
    return hasCorrupted() && clean != corrupted;
  }

  /** Whether a sweep of pairs changes the clean run; most change the corrupted one. */
  public boolean changesClean() {
    return method.startsWith(Direction.CORRUPTED_INTO_CLEAN.label());
  }

  private String label(int cell) {
    var name = new StringBuilder();
    var behind = new StringBuilder();
    int[] at = indices(cell);
    for (int axis = 0; axis < at.length; axis++) {
      String label = axes.get(axis).labels().get(at[axis]);
      switch (axes.get(axis).name()) {
        case "layer", "head", "neuron", "writer" -> name.append(label);
        case "reader" -> name.append(" -> ").append(label);
        default -> behind.append(' ').append(axes.get(axis).name()).append(' ').append(label);
      }
    }
    return name.append(behind).toString();
  }

  /** Whether there is a corrupted run to compare with. */
  public boolean hasCorrupted() {
    return !Double.isNaN(corrupted);
  }

  /** Whether every cell that the sweep computes has a number in every text. */
  public boolean complete() {
    return state == null
        ? Arrays.stream(values).noneMatch(Double::isNaN)
        : state.done() == state.cells();
  }

  private int index(int... indices) {
    if (indices.length != axes.size()) {
      throw new FresnelException(
          "a cell of this sweep has %d indices, %s; got %d"
              .formatted(axes.size(), names(), indices.length));
    }
    int flat = 0;
    for (int axis = 0; axis < indices.length; axis++) {
      int size = axes.get(axis).size();
      if (indices[axis] < 0 || indices[axis] >= size) {
        throw new FresnelException(
            "there is no %s %d: they are 0 to %d"
                .formatted(axes.get(axis).name(), indices[axis], size - 1));
      }
      flat = flat * size + indices[axis];
    }
    return flat;
  }

  private List<String> names() {
    return axes.stream().map(Axis::name).toList();
  }

  /** The cell's place on each axis. */
  public int[] indices(int flat) {
    var indices = new int[axes.size()];
    int rest = flat;
    for (int axis = indices.length - 1; axis >= 0; axis--) {
      indices[axis] = rest % axes.get(axis).size();
      rest /= axes.get(axis).size();
    }
    return indices;
  }

  /** The fields as JSON has them, in order: maps, lists, texts and numbers; null for NaN. */
  public Map<String, Object> fields() {
    return SweepJson.fields(this);
  }

  /** One JSON document, which {@link #open} reads; without {@link #state}. */
  public String json() {
    return SweepJson.text(this);
  }

  /** A line per cell: its index on each axis, its value, and what goes with it. */
  public String csv() {
    return SweepCsv.text(this);
  }

  /**
   * Writes {@link #json} to a file, with the {@link #state}. A reader finds the whole file or none.
   *
   * @throws FresnelException if the file cannot be written
   */
  public void save(Path file) {
    WholeFile.write(file, SweepJson.saved(this).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws FresnelException if the file cannot be read, or is no sweep
   */
  public static Sweep open(Path file) {
    return SweepJson.parse(InputFile.bytes(file, LARGEST), file.toString());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Sweep that && SweepJson.fields(this).equals(SweepJson.fields(that));
  }

  @Override
  public int hashCode() {
    return Objects.hash(experiment, model, what, by, Arrays.hashCode(values));
  }

  @Override
  public String toString() {
    return "Sweep %s of %s by %s in %s, %d cells, the strongest: %s"
        .formatted(
            experiment,
            what,
            by,
            model,
            values.length,
            strongest(5).stream().filter(this::changes).toList());
  }
}
