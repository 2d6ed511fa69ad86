package dev.fresnel.viz;

import dev.fresnel.error.FresnelException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Series of numbers over the same places, as lines: over layers, positions or anything that has
 * labels.
 *
 * <pre>{@code
 * Figure.lines(Lines.of("rank of Mary", Labels.layers(3), Map.of("rank", new double[] {91, 4, 1})));
 * }</pre>
 *
 * <p>For lines over amounts, such as training tokens, use {@link Curves}.
 *
 * @param name what the lines show, the figure's title
 * @param along the places
 * @param series at least one
 * @param unit of the values
 */
public record Lines(String name, Labels along, List<Series> series, String unit) {
  /** How many series a figure can tell apart: three colours, three kinds of line. */
  private static final int MOST = 9;

  /**
   * One line.
   *
   * @param values one per place; NaN is a gap; copied in and out
   */
  public record Series(String name, double[] values) {
    public Series {
      values = values.clone();
    }

    /** A copy. */
    @Override
    public double[] values() {
      return values.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Series that
          && name.equals(that.name)
          && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
      return 31 * name.hashCode() + Arrays.hashCode(values);
    }

    @Override
    public String toString() {
      return "Series[%s, %s]".formatted(name, Arrays.toString(values));
    }
  }

  /**
   * @throws FresnelException if there is no place, there are no series or more than 9, or a series
   *     has not one value per place
   */
  public Lines {
    series = List.copyOf(series);
    if (series.isEmpty() || series.size() > MOST || along.size() == 0) {
      throw new FresnelException(
          "the lines “%s” need 1 to %d series over at least one %s, got %d over %d; make another figure"
              .formatted(name, MOST, along.title(), series.size(), along.size()));
    }
    for (var each : series) {
      if (each.values.length != along.size()) {
        throw new FresnelException(
            "the line “%s” needs one value per %s: expected %d, got %d"
                .formatted(each.name(), along.title(), along.size(), each.values.length));
      }
    }
  }

  /** Lines without a unit, in the map's order: give a {@code LinkedHashMap}. */
  public static Lines of(String name, Labels along, Map<String, double[]> series) {
    return new Lines(
        name,
        along,
        series.entrySet().stream().map(each -> new Series(each.getKey(), each.getValue())).toList(),
        "value");
  }

  /** These lines with another unit. */
  public Lines unit(String unit) {
    return new Lines(name, along, series, unit);
  }
}
