package dev.fresnel.viz;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Heat maps as text: coloured where the terminal has colours, else as tables of numbers. */
final class HeatMapText {
  /** Between two maps, in characters. */
  private static final int GAP = 3;

  /** Up to so many columns are two characters wide at least. */
  private static final int FEW = 8;

  /** Longer names of maps are cut where several maps stand side by side. */
  private static final int LONGEST = 24;

  private HeatMapText() {}

  static void write(List<HeatMap> maps, Terminal terminal, StringBuilder out) {
    var range = HeatMapRange.of(maps);
    if (terminal.colours() == Terminal.Colours.NONE) {
      var numbers = HeatMapDrawing.numbers(range);
      for (int i = 0; i < maps.size(); i++) {
        var map = maps.get(i);
        out.append(i == 0 ? "" : "\n").append(map.name()).append(", ");
        out.append(map.unit()).append('\n');
        table(map, numbers, terminal, out);
      }
      return;
    }
    int need = maps.stream().mapToInt(HeatMapText::least).max().orElseThrow();
    int beside = Math.max(1, Math.min(maps.size(), (terminal.columns() + GAP) / (need + GAP)));
    int width = (terminal.columns() + GAP) / beside - GAP;
    for (int from = 0; from < maps.size(); from += beside) {
      out.append(from == 0 ? "" : "\n");
      var blocks =
          maps.subList(from, Math.min(maps.size(), from + beside)).stream()
              .map(map -> coloured(map, range, terminal, width))
              .toList();
      sideBySide(blocks, width, out);
    }
    var ramp = Ramp.of(maps.get(0).isSigned(), terminal.theme());
    var legend = Legend.linear(ramp, maps.get(0).unit(), range.low(), range.high());
    out.append(new Ansi(terminal).legend(legend)).append('\n');
  }

  /** The least room for a map and its name, in characters. */
  private static int least(HeatMap map) {
    int columns = map.columns().size();
    int cells = TerminalMap.left(map.rows().texts()) + (columns <= FEW ? 2 * columns : columns);
    return Math.max(cells, Math.min(LONGEST, TokenText.width(map.name())));
  }

  private static void sideBySide(List<List<String>> blocks, int width, StringBuilder out) {
    int lines = blocks.stream().mapToInt(List::size).max().orElse(0);
    for (int at = 0; at < lines; at++) {
      var line = new StringBuilder();
      for (var block : blocks) {
        var part = at < block.size() ? block.get(at) : "";
        int shown = TokenText.width(part.replaceAll("\033\\[[0-9;]*m", ""));
        line.append(part).append(" ".repeat(Math.max(0, width - shown) + GAP));
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
  }

  private static void table(
      HeatMap map, TableNumbers numbers, Terminal terminal, StringBuilder out) {
    var heads = new ArrayList<>(List.of(map.rows().title()));
    heads.addAll(map.columns().texts());
    var lines = new ArrayList<List<String>>();
    var values = map.values();
    for (int row = 0; row < values.length; row++) {
      var line = new ArrayList<>(List.of(map.rows().texts().get(row)));
      for (double value : values[row]) {
        line.add(Double.isFinite(value) ? numbers.text(value) : Double.toString(value));
      }
      lines.add(line);
    }
    TextTable.write(heads, lines, terminal.columns(), out);
  }

  /** The lines of a map, its name first. */
  private static List<String> coloured(
      HeatMap map, HeatMapRange range, Terminal terminal, int width) {
    var out = new StringBuilder(TokenText.fitted(map.name(), width).stripTrailing()).append('\n');
    var ramp = Ramp.of(map.isSigned(), terminal.theme());
    var rows = map.rows().texts();
    var columns = map.columns().texts();
    var drawn = new TerminalMap(terminal, width, rows, columns.size());
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
      out.append("each the farthest from 0 of %d\n".formatted(each));
    }
    if (missing) {
      out.append("×: no value\n");
    }
    return out.toString().lines().toList();
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
