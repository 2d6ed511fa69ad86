package dev.fresnel.viz;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Heat maps as text: coloured where the terminal has colours, else as tables of numbers. */
final class HeatMapText {
  private HeatMapText() {}

  static void write(List<HeatMap> maps, Terminal terminal, StringBuilder out) {
    var range = HeatMapRange.of(maps);
    boolean plain = terminal.colours() == Terminal.Colours.NONE;
    for (int i = 0; i < maps.size(); i++) {
      var map = maps.get(i);
      out.append(i == 0 ? "" : "\n").append(map.name());
      out.append(plain ? ", " + map.unit() : "").append('\n');
      if (plain) {
        table(map, terminal, out);
      } else {
        coloured(map, range, terminal, out);
      }
    }
    if (!plain) {
      var ramp = Ramp.of(maps.get(0).isSigned(), terminal.theme());
      out.append(
          new Ansi(terminal)
              .legend(Legend.linear(ramp, maps.get(0).unit(), range.low(), range.high())));
      out.append('\n');
    }
  }

  private static void table(HeatMap map, Terminal terminal, StringBuilder out) {
    var heads = new ArrayList<>(List.of(map.rows().title()));
    heads.addAll(map.columns().texts());
    var lines = new ArrayList<List<String>>();
    var values = map.values();
    for (int row = 0; row < values.length; row++) {
      var line = new ArrayList<>(List.of(map.rows().texts().get(row)));
      for (double value : values[row]) {
        line.add(Double.isFinite(value) ? HeatMapDrawing.rounded(value) : Double.toString(value));
      }
      lines.add(line);
    }
    TextTable.write(heads, lines, terminal.columns(), out);
  }

  private static void coloured(
      HeatMap map, HeatMapRange range, Terminal terminal, StringBuilder out) {
    var ramp = Ramp.of(map.isSigned(), terminal.theme());
    var rows = map.rows().texts();
    var columns = map.columns().texts();
    var drawn = new TerminalMap(terminal, rows, columns.size());
    int each = (columns.size() + drawn.most() - 1) / drawn.most();
    int shown = (columns.size() + each - 1) / each;
    var values = map.values();
    boolean missing = false;
    var colours = new int[rows.size()][shown];
    for (int row = 0; row < rows.size(); row++) {
      for (int column = 0; column < shown; column++) {
        double value = farthest(values[row], column * each, each);
        missing |= Double.isNaN(value);
        colours[row][column] = Double.isNaN(value) ? -1 : ramp.colour(range.place(value));
      }
    }
    var names = IntStream.range(0, shown).mapToObj(at -> columns.get(at * each)).toList();
    drawn.write(rows, names, colours, out);
    if (each > 1) {
      out.append(
          "A cell shows the value farthest from zero of %d %ss.\n"
              .formatted(each, map.columns().title()));
    }
    if (missing) {
      out.append("×: no value.\n");
    }
  }

  /** The value farthest from zero of some cells; NaN where all are. */
  private static double farthest(double[] row, int from, int count) {
    double found = Double.NaN;
    for (int at = from; at < Math.min(row.length, from + count); at++) {
      if (Double.isNaN(found) || Math.abs(row[at]) > Math.abs(found)) {
        found = row[at];
      }
    }
    return found;
  }
}
