package dev.fresnel.viz;

import java.util.List;

/** A heat map of characters: two rows a line, as half blocks, or one where there are few. */
final class TerminalMap {
  /** Up to so many rows each have a line of their own, with a label. */
  private static final int FEW = 16;

  /** The longest label of a row, and the widest cell, in characters. */
  private static final int LABEL = 16;

  private static final int WIDEST = 6;

  /** The upper half of a character's place. */
  private static final String UPPER = "▀";

  private final Ansi ansi;
  private final int room;
  private final int left;
  private final int wide;

  /**
   * @param width the room for it, in characters
   * @param rows their labels
   * @param columns the number of columns of cells
   */
  TerminalMap(Terminal terminal, int width, List<String> rows, int columns) {
    ansi = new Ansi(terminal);
    left = left(rows);
    room = Math.max(1, width - left);
    int most = rows.size() <= FEW ? WIDEST : 2;
    wide = Math.max(1, Math.min(most, room / columns));
  }

  /** The characters of a row's label and of the space behind it. */
  static int left(List<String> rows) {
    int longest = rows.stream().mapToInt(TokenText::width).max().orElse(0);
    return 1 + Math.min(longest, LABEL);
  }

  /** Columns of cells that find room; the caller shows no more. */
  int most() {
    return room / wide;
  }

  /**
   * @param colours [row][column], 0xRRGGBB; -1 for a missing value, -2 for no cell
   */
  void write(List<String> rows, List<String> columns, int[][] colours, StringBuilder out) {
    header(columns, out);
    boolean few = rows.size() <= FEW;
    for (int row = 0; row < rows.size(); row += few ? 1 : 2) {
      out.append(TokenText.fitted(rows.get(row), left - 1)).append(' ');
      int below = few ? row : row + 1;
      for (int column = 0; column < columns.size(); column++) {
        cell(colours[row][column], below < colours.length ? colours[below][column] : -1, few, out);
      }
      out.append(Ansi.RESET).append('\n');
    }
  }

  private void cell(int upper, int lower, boolean whole, StringBuilder out) {
    out.append(Ansi.RESET);
    if (lower >= 0) {
      out.append(ansi.background(lower));
    }
    if (whole || upper < 0) {
      out.append(upper == -1 ? "×" : " ").append(" ".repeat(wide - 1));
    } else {
      out.append(ansi.ink(upper)).append(UPPER.repeat(wide));
    }
  }

  /** As many column labels as fit. */
  private void header(List<String> columns, StringBuilder out) {
    int longest = columns.stream().mapToInt(TokenText::width).max().orElse(0);
    int label = Math.min(longest, LABEL);
    int every = (label + 1 + wide - 1) / wide;
    var line = new StringBuilder(" ".repeat(left));
    for (int column = 0; column < columns.size(); column += every) {
      int free = Math.min(every, columns.size() - column) * wide;
      line.append(TokenText.fitted(columns.get(column), free));
    }
    out.append(line.toString().stripTrailing()).append('\n');
  }
}
