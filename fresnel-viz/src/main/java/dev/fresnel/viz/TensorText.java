package dev.fresnel.viz;

import java.util.ArrayList;
import java.util.List;

/** A tensor as text: its statistics, and its first map where the terminal has colours. */
final class TensorText {
  /** The most lines of a map, in which each shows two rows. */
  private static final int LINES = 24;

  private TensorText() {}

  static void write(TensorGrid grid, String facts, Terminal terminal, StringBuilder out) {
    for (var fact : facts.split("; ")) {
      out.append(fact).append('\n');
    }
    out.append(grid.place()).append('\n');
    if (terminal.colours() == Terminal.Colours.NONE) {
      table(grid, terminal, out);
    } else {
      map(grid, terminal, out);
    }
  }

  private static void table(TensorGrid grid, Terminal terminal, StringBuilder out) {
    int rows = Math.min(12, grid.rows().size());
    int columns = Math.min(8, grid.columns().size());
    var heads = new ArrayList<>(List.of(grid.rows().name()));
    var lines = new ArrayList<List<String>>();
    for (int column = 0; column < columns; column++) {
      heads.add(Integer.toString(column));
    }
    for (int row = 0; row < rows; row++) {
      var line = new ArrayList<>(List.of(Integer.toString(row)));
      for (int column = 0; column < columns; column++) {
        line.add(TokensText.number(grid.first(row, column)));
      }
      lines.add(line);
    }
    TextTable.write(heads, lines, terminal.columns(), out);
    if (rows < grid.rows().size() || columns < grid.columns().size()) {
      out.append(
          "the first %d of %d rows, %d of %d columns\n"
              .formatted(rows, grid.rows().size(), columns, grid.columns().size()));
    }
  }

  private static void map(TensorGrid grid, Terminal terminal, StringBuilder out) {
    int rows = Math.min(2 * LINES, grid.rows().size());
    int columns = Math.min(terminal.columns() - 7, grid.columns().size());
    double most = grid.farthest();
    var ramp = Ramp.of(true, terminal.theme());
    var pixels =
        Pixels.farthest(
            rows,
            columns,
            grid.rows().size(),
            grid.columns().size(),
            grid::first,
            value -> most == 0 ? 0.5 : (value + most) / (2 * most),
            ramp);
    var colours = new int[rows][columns];
    var down = new ArrayList<String>();
    for (int row = 0; row < rows; row++) {
      down.add(Long.toString(((long) row * grid.rows().size() + rows - 1) / rows));
      for (int column = 0; column < columns; column++) {
        colours[row][column] = pixels.argb()[row * columns + column] & 0xffffff;
      }
    }
    var across = new ArrayList<String>();
    for (int column = 0; column < columns; column++) {
      across.add(Long.toString(((long) column * grid.columns().size() + columns - 1) / columns));
    }
    new TerminalMap(terminal, terminal.columns(), down, columns).write(down, across, colours, out);
    out.append(new Ansi(terminal).legend(Legend.linear(ramp, "value", -most, most))).append('\n');
  }
}
