package dev.fresnel.cli;

import java.util.Locale;

/**
 * A table with a number per head: a row per layer, a column per head. More than 12 heads go into
 * several tables, since 12 columns fill 76 of a terminal's 80; a wider terminal takes more.
 */
final class HeadTable {
  /** Characters before the first column: a layer's label. */
  private static final int LABEL = 4;

  /** Characters of a column. */
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
    int perTable = (width - LABEL) / COLUMN;
    var table = new StringBuilder();
    int heads = values[0].length;
    String number = "%6." + decimals(values) + "f";
    for (int from = 0; from < heads; from += perTable) {
      int to = Math.min(heads, from + perTable);
      table.append(from > 0 ? "\n    " : "    ");
      for (int head = from; head < to; head++) {
        table.append(String.format("%6s", column + head));
      }
      for (int layer = 0; layer < values.length; layer++) {
        table.append(String.format("%n%-4s", "L" + layer));
        for (int head = from; head < to; head++) {
          String cell = String.format(Locale.ROOT, number, values[layer][head]);
          table.append(unsignedZero(cell));
        }
      }
      table.append('\n');
    }
    return table.toString();
  }

  /** A number as text; what rounds to zero has no sign. */
  static String unsignedZero(String number) {
    return number.matches(" *-0(\\.0+)?") ? number.replace('-', ' ') : number;
  }

  /**
   * The decimals, at most 2, with which every number leaves a space in a column of six characters.
   */
  private static int decimals(double[][] values) {
    int decimals = 2;
    for (double[] layer : values) {
      for (double value : layer) {
        while (decimals > 0
            && String.format(Locale.ROOT, "%." + decimals + "f", value).length() > 5) {
          decimals--;
        }
      }
    }
    return decimals;
  }
}
