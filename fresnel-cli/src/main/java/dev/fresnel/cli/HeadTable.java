package dev.fresnel.cli;

import java.util.Locale;

/**
 * A number for every head: layers down, heads across, twelve to a panel so that 80 columns hold it.
 */
final class HeadTable {
  private static final int HEADS_A_PANEL = 12;

  private HeadTable() {}

  static String of(double[][] values) {
    var table = new StringBuilder();
    int heads = values[0].length;
    String number = "%6." + decimals(values) + "f";
    for (int from = 0; from < heads; from += HEADS_A_PANEL) {
      int to = Math.min(heads, from + HEADS_A_PANEL);
      table.append(from > 0 ? "\n    " : "    ");
      for (int head = from; head < to; head++) {
        table.append(String.format("%6s", "H" + head));
      }
      for (int layer = 0; layer < values.length; layer++) {
        table.append(String.format("%n%-4s", "L" + layer));
        for (int head = from; head < to; head++) {
          table.append(String.format(Locale.ROOT, number, values[layer][head]));
        }
      }
      table.append('\n');
    }
    return table.toString();
  }

  /** As many as leave a space between columns of six. */
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
