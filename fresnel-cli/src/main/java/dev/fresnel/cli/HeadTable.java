package dev.fresnel.cli;

import dev.fresnel.viz.TableNumbers;
import java.util.Arrays;

/**
 * A table with a number per head: a row per layer, a column per head. More than 12 heads go into
 * several tables, since 12 columns fill 76 of a terminal's 80; a wider terminal takes more, and
 * longer numbers take wider columns.
 */
final class HeadTable {
  /** Characters before the first column: a layer's label. */
  private static final int LABEL = 4;

  /** The least characters of a column. */
  private static final int COLUMN = 6;

  private HeadTable() {}

  static String of(double[][] values) {
    return of(values, "H", Width.terminal());
  }

  /**
   * @param column what stands before a column's number: {@code H}
   */
  static String of(double[][] values, String column) {
    return of(values, column, Width.terminal());
  }

  /**
   * @param width in characters
   */
  static String of(double[][] values, String column, int width) {
    var numbers = TableNumbers.of(Arrays.stream(values).flatMapToDouble(Arrays::stream), 2);
    int wide =
        Arrays.stream(values)
            .flatMapToDouble(Arrays::stream)
            .mapToInt(value -> 1 + numbers.text(value).length())
            .reduce(COLUMN, Math::max);
    int perTable = Math.max(1, (width - LABEL) / wide);
    var table = new StringBuilder();
    int heads = values[0].length;
    for (int from = 0; from < heads; from += perTable) {
      int to = Math.min(heads, from + perTable);
      table.append(from > 0 ? "\n    " : "    ");
      for (int head = from; head < to; head++) {
        table.append(right(column + head, wide));
      }
      for (int layer = 0; layer < values.length; layer++) {
        table.append(String.format("%n%-4s", "L" + layer));
        for (int head = from; head < to; head++) {
          table.append(right(numbers.text(values[layer][head]), wide));
        }
      }
      table.append('\n');
    }
    return table.toString();
  }

  private static String right(String text, int width) {
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }
}
