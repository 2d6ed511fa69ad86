package dev.fresnel.viz;

import dev.fresnel.analysis.Rows;
import dev.fresnel.error.FresnelException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Lines to draw: how several quantities change along one. Runs stand beside each other on the same
 * axes; panels stand one above the other.
 *
 * <pre>{@code
 * var loss = new Curves.Panel("loss", "loss, nats", List.of("training", "held out"), null);
 * var run = new Curves.Run("toy", new double[] {100, 200}, new double[][] {{5, 4}, {5.5, 4.5}}, null);
 * Figure.curves(new Curves("Training", "", new Curves.Along("tokens", "tokens seen"), List.of(loss), List.of(run)))
 *     .writeSvg(Path.of("curves.svg"));
 * }</pre>
 *
 * @param title what the figure shows
 * @param caption a sentence that says how to read it; may be empty
 * @param along the quantity of the horizontal axis, which is logarithmic
 * @param panels at least one; the first is the highest
 * @param runs at least one
 */
public record Curves(
    String title, String caption, Along along, List<Panel> panels, List<Run> runs) {
  /**
   * The quantity of the horizontal axis.
   *
   * @param unit of an amount: {@code tokens}
   * @param label of the axis: {@code tokens seen}
   */
  public record Along(String unit, String label) {}

  /**
   * Series that share a vertical axis.
   *
   * @param name what each series is one of: {@code loss}
   * @param label of the axis, with its unit: {@code loss, nats}
   * @param series the names of one to three series, the most important last: it is drawn strongest
   * @param range of the axis; null for the range of the values
   */
  public record Panel(String name, String label, List<String> series, @Nullable Range range) {
    public Panel {
      series = List.copyOf(series);
      if (series.isEmpty() || series.size() > CurveStyle.values().length) {
        throw new FresnelException(
            "the panel “%s” must have 1 to %d series, got %d; make another panel"
                .formatted(name, CurveStyle.values().length, series.size()));
      }
    }
  }

  /** The ends of an axis. */
  public record Range(double low, double high) {
    public Range {
      if (!(low < high)) {
        throw new FresnelException(
            "an axis must end above where it begins, got %s to %s".formatted(low, high));
      }
    }
  }

  /**
   * A point of a series that is pointed out, or the remark that there is none.
   *
   * @param text what happened there: {@code induction 0.5}; shown alone where there is no point,
   *     else followed by where the point is
   * @param series the name of the series
   * @param point which point of the run, counted from 0; null for none
   */
  public record Mark(String text, String series, @Nullable Integer point) {}

  /**
   * One run: its points in order.
   *
   * @param name which run this is: {@code standard positions}
   * @param along where each point is, ascending and greater than 0
   * @param values [series][point], the series of all panels in their order; NaN for a gap
   * @param mark what is pointed out; null where nothing is
   */
  public record Run(String name, double[] along, double[][] values, @Nullable Mark mark) {
    /**
     * @throws FresnelException if there is no point, the points do not ascend from above 0, a
     *     series has more or fewer, or the mark is at none of them
     */
    public Run {
      along = along.clone();
      values = Rows.copy(values);
      if (along.length == 0) {
        throw new FresnelException("“" + name + "” has no point; curves need at least one");
      }
      double before = 0;
      for (int i = 0; i < along.length; i++) {
        if (!(along[i] > before)) {
          throw new FresnelException(
              "“%s”, point %d: expected more than %s, since points ascend from 0; got %s"
                  .formatted(name, i + 1, plain(before), plain(along[i])));
        }
        before = along[i];
      }
      for (var series : values) {
        if (series.length != along.length) {
          throw new FresnelException(
              "every series of “%s” must have %d values, one per point; got %d"
                  .formatted(name, along.length, series.length));
        }
      }
      if (mark != null
          && mark.point() != null
          && !(mark.point() >= 0 && mark.point() < along.length)) {
        throw new FresnelException(
            "“%s” marks point %d; it has points 0 to %d"
                .formatted(name, mark.point(), along.length - 1));
      }
    }

    private static String plain(double number) {
      return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }

    /** A copy. */
    @Override
    public double[] along() {
      return along.clone();
    }

    /** A copy: [series][point]. */
    @Override
    public double[][] values() {
      return Rows.copy(values);
    }

    int points() {
      return along.length;
    }

    double along(int point) {
      return along[point];
    }

    double value(int series, int point) {
      return values[series][point];
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Run run
          && name.equals(run.name)
          && Arrays.equals(along, run.along)
          && Arrays.deepEquals(values, run.values)
          && Objects.equals(mark, run.mark);
    }

    @Override
    public int hashCode() {
      return Objects.hash(name, Arrays.hashCode(along), Arrays.deepHashCode(values), mark);
    }

    @Override
    public String toString() {
      return "Run[%s, %d points of %d series]".formatted(name, along.length, values.length);
    }
  }

  /**
   * @throws FresnelException if there is no panel or no run, or a run has not one row of values per
   *     series, or its mark names no series
   */
  public Curves {
    panels = List.copyOf(panels);
    runs = List.copyOf(runs);
    if (panels.isEmpty() || runs.isEmpty()) {
      throw new FresnelException(
          "a figure of curves needs at least one panel and at least one run, got %d and %d"
              .formatted(panels.size(), runs.size()));
    }
    var series = panels.stream().flatMap(panel -> panel.series().stream()).toList();
    for (var run : runs) {
      if (run.values.length != series.size()) {
        throw new FresnelException(
            "“%s” must have the values of %d series (%s), got %d"
                .formatted(run.name, series.size(), String.join(", ", series), run.values.length));
      }
      if (run.mark != null && !series.contains(run.mark.series())) {
        throw new FresnelException(
            "“%s” marks the series “%s”; known here: %s"
                .formatted(run.name, run.mark.series(), String.join(", ", series)));
      }
    }
  }
}
