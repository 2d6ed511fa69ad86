package dev.fresnel.viz;

import dev.fresnel.analysis.Rows;
import dev.fresnel.analysis.circuit.Composition;
import dev.fresnel.analysis.circuit.SingularVectors;
import dev.fresnel.analysis.circuit.TokenBlock;
import dev.fresnel.error.FresnelException;
import java.util.Arrays;
import java.util.Objects;

/**
 * Numbers in rows and columns, with everything that a heat map shows of them.
 *
 * <pre>{@code
 * var map = HeatMap.of("restored", values, Labels.layers(12),
 *         Labels.tokens("position", run.tokens().row(0)))
 *     .unit("logits").signed();
 * Report.titled("Patching").add(Figure.heatMap(map)).write(Path.of("patching.html"));
 * }</pre>
 *
 * <p>Where the rows are {@link Labels#layers} and the columns {@link Labels#heads}, a click on a
 * cell locks its head wherever the page shows it.
 *
 * @param name what the map shows, its heading
 * @param values [row][column]; NaN is shown as a crossed cell
 * @param rows one label per row
 * @param columns one label per column
 * @param unit what the numbers are: {@code score}, {@code logits}
 * @param isSigned whether zero is a middle rather than an end: the map offers colours that diverge
 *     from zero
 * @param caption a sentence that says how to read the map; may be empty
 */
public record HeatMap(
    String name,
    double[][] values,
    Labels rows,
    Labels columns,
    String unit,
    boolean isSigned,
    String caption) {
  /**
   * @throws FresnelException if there is no cell, or the values are not one row per row label and
   *     one column per column label
   */
  public HeatMap {
    values = Rows.copy(values);
    boolean fits = values.length == rows.size();
    for (var row : values) {
      fits &= row.length == columns.size();
    }
    if (!fits) {
      throw new FresnelException(
          "the values of the heat map “%s” must be [%d][%d], one row per %s and one column per %s; got %s"
              .formatted(
                  name, rows.size(), columns.size(), rows.title(), columns.title(), shape(values)));
    }
    if (rows.size() == 0 || columns.size() == 0) {
      throw new FresnelException(
          "the heat map “%s” must have at least one row and one column, got %d and %d"
              .formatted(name, rows.size(), columns.size()));
    }
  }

  /** Unsigned values without a unit or a caption. */
  public static HeatMap of(String name, double[][] values, Labels rows, Labels columns) {
    return new HeatMap(name, values, rows, columns, "value", false, "");
  }

  /**
   * The scores of all pairs of heads, those that write in rows and those that read in columns.
   *
   * @throws FresnelException if the model has one layer, and so no pairs
   */
  public static HeatMap of(Composition composition) {
    return CompositionMap.of(composition);
  }

  /** The greatest numbers of a head's circuit from token to token. */
  public static HeatMap of(TokenBlock block) {
    return CircuitMap.of(block);
  }

  /** What directions add to the logits of their tokens: a row per token, a column per direction. */
  public static HeatMap of(SingularVectors.Table directions) {
    return CircuitMap.of(directions);
  }

  /** This map with another name. */
  public HeatMap name(String name) {
    return new HeatMap(name, values, rows, columns, unit, isSigned, caption);
  }

  /** This map with another unit. */
  public HeatMap unit(String unit) {
    return new HeatMap(name, values, rows, columns, unit, isSigned, caption);
  }

  /** This map with zero as the middle of its values. */
  public HeatMap signed() {
    return new HeatMap(name, values, rows, columns, unit, true, caption);
  }

  /** This map with another caption. */
  public HeatMap caption(String caption) {
    return new HeatMap(name, values, rows, columns, unit, isSigned, caption);
  }

  /** A copy: [row][column]. */
  @Override
  public double[][] values() {
    return Rows.copy(values);
  }

  /** True where every cell is a head of a model, by layer and head. */
  boolean ofHeads() {
    return rows.equals(Labels.layers(rows.size())) && columns.equals(Labels.heads(columns.size()));
  }

  private static String shape(double[][] values) {
    var lengths = Arrays.stream(values).mapToInt(row -> row.length).distinct().toArray();
    return lengths.length == 1
        ? "[%d][%d]".formatted(values.length, lengths[0])
        : "%d rows of %s columns".formatted(values.length, Arrays.toString(lengths));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HeatMap map
        && name.equals(map.name)
        && Arrays.deepEquals(values, map.values)
        && rows.equals(map.rows)
        && columns.equals(map.columns)
        && unit.equals(map.unit)
        && isSigned == map.isSigned
        && caption.equals(map.caption);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, Arrays.deepHashCode(values), rows, columns, unit, isSigned, caption);
  }

  @Override
  public String toString() {
    return "HeatMap %s of %d x %d".formatted(name, values.length, values[0].length);
  }
}
