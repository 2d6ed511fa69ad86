package dev.fresnel.viz;

import dev.fresnel.viz.Canvas.Anchor;
import dev.fresnel.viz.Canvas.Ink;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Draws heat maps side by side as a page does: the same cells, colours and numbers, and one colour
 * bar. Lengths are in CSS pixels.
 */
final class HeatMapDrawing implements Drawing {
  /** Between two maps, and around all of them. */
  private static final double GAP = 24;

  /** The least width of a map, where several stand side by side. */
  private static final double LEAST = 290;

  /** The height of a map's name. */
  private static final double NAME = 24;

  /** The least width of row labels, the least height of column labels, the most of either. */
  private static final double LEFT = 36;

  private static final double TOP = 20;
  private static final double MOST = 130;

  /** Column labels wider than this and than their column are turned by 90 degrees. */
  private static final double LYING = 32;

  /** The size of labels and of numbers in cells. */
  private static final double LABEL = 11;

  private static final double NUMBER = 10;

  /** The mean width of a letter, as a part of its size: of common sans-serif fonts. */
  private static final double LETTER = 0.58;

  /** The colour of a missing value. */
  private static final int NOT_A_NUMBER = 0xd60093;

  private final List<HeatMap> maps;
  private final Ramp ramp;
  private final HeatMapRange range;
  private final int columns;
  private final double room;
  private final double width;

  HeatMapDrawing(List<HeatMap> maps, double width, Theme theme) {
    this.maps = maps;
    this.width = width;
    ramp = Ramp.of(maps.get(0).isSigned(), theme);
    range = HeatMapRange.of(maps);
    double inner = width - 2 * GAP;
    int fit = (int) Math.max(1, Math.min(maps.size(), Math.floor(inner / LEAST)));
    int lines = (maps.size() + fit - 1) / fit;
    columns = (maps.size() + lines - 1) / lines;
    room = Math.floor((inner - GAP * (columns - 1)) / columns);
  }

  /** Where the parts of one map are. */
  private record Plan(double left, double top, double cell, double line, boolean upright) {
    double height(HeatMap map) {
      return NAME + top + map.rows().size() * line;
    }
  }

  private Plan plan(HeatMap map) {
    double left = Math.max(LEFT, Math.ceil(widest(map.rows())) + 12);
    double cell = Math.floor((room - left - 4) / map.columns().size());
    cell = Math.max(12, Math.min(52, cell));
    double label = widest(map.columns());
    boolean upright = label > Math.max(LYING, cell);
    int rows = map.rows().size();
    double line = rows <= 4 ? 34 : rows <= 14 ? 26 : 19;
    return new Plan(left, upright ? Math.ceil(label) + 12 : TOP, cell, line, upright);
  }

  /** The numbers in the cells of a figure's maps. */
  static TableNumbers numbers(HeatMapRange range) {
    return new TableNumbers(range.farthest(), 2);
  }

  private static double widest(Labels labels) {
    double most = labels.texts().stream().mapToDouble(text -> letters(text, LABEL)).max().orElse(0);
    return Math.min(MOST, most);
  }

  private static double letters(String text, double size) {
    return text.codePointCount(0, text.length()) * size * LETTER;
  }

  @Override
  public double width() {
    double widest =
        maps.stream()
            .mapToDouble(map -> plan(map).left + map.columns().size() * plan(map).cell + 4)
            .max()
            .orElse(0);
    return Math.max(width, Math.ceil(2 * GAP + widest));
  }

  @Override
  public double height() {
    double height = GAP;
    for (int from = 0; from < maps.size(); from += columns) {
      height += line(from) + GAP;
    }
    return height + Legend.HEIGHT;
  }

  /** The height of the maps of one line. */
  private double line(int from) {
    return maps.subList(from, Math.min(maps.size(), from + columns)).stream()
        .mapToDouble(map -> plan(map).height(map))
        .max()
        .orElse(0);
  }

  @Override
  public void draw(Canvas canvas) {
    double down = GAP;
    for (int from = 0; from < maps.size(); from += columns) {
      for (int at = from; at < Math.min(maps.size(), from + columns); at++) {
        draw(maps.get(at), canvas.moved(GAP + (at - from) * (room + GAP), down));
      }
      down += line(from) + GAP;
    }
    Legend.linear(ramp, maps.get(0).unit(), range.low(), range.high())
        .draw(canvas.moved(GAP, down), LEFT, width - 2 * GAP);
  }

  private void draw(HeatMap map, Canvas canvas) {
    var plan = plan(map);
    canvas.text(Ink.TEXT, 14, true, Anchor.START, plan.left, 14, map.name());
    var body = canvas.moved(0, NAME);
    axes(map, plan, body);
    var values = map.values();
    var numbers = numbers(range);
    double most = letters("0.00", NUMBER);
    for (var row : values) {
      for (double value : row) {
        most = Double.isFinite(value) ? Math.max(most, letters(numbers.text(value), NUMBER)) : most;
      }
    }
    for (int row = 0; row < values.length; row++) {
      for (int column = 0; column < values[row].length; column++) {
        double x = plan.left + column * plan.cell;
        double y = plan.top + row * plan.line;
        double value = values[row][column];
        cell(body, plan, x, y, value, most <= plan.cell - 3 ? numbers.text(value) : null);
      }
    }
  }

  private void cell(
      Canvas canvas, Plan plan, double x, double y, double value, @Nullable String number) {
    double place = range.place(value);
    boolean missing = Double.isNaN(value);
    if (missing) {
      canvas.hatch(x, y, plan.cell - 1, plan.line - 1);
    } else {
      canvas.fill(ramp.colour(place), x, y, plan.cell - 1, plan.line - 1);
    }
    var text = missing ? "×" : Double.isInfinite(value) ? value > 0 ? "▲" : "▼" : number;
    if (text != null) {
      int ink = missing ? NOT_A_NUMBER : ramp.ink(place);
      canvas.label(ink, NUMBER, x + plan.cell / 2 - 0.5, y + plan.line / 2 + 3.5, text);
    }
  }

  /** The labels, as many as fit. */
  private static void axes(HeatMap map, Plan plan, Canvas canvas) {
    var rows = map.rows().texts();
    for (int row = 0; row < rows.size(); row++) {
      double y = plan.top + (row + 0.5) * plan.line + 4;
      canvas.text(Ink.MUTED, LABEL, false, Anchor.END, plan.left - 6, y, fitted(rows.get(row)));
    }
    var names = map.columns().texts();
    double taken = plan.upright ? 13 : Math.max(26, widest(map.columns()) + 2);
    int every = (int) Math.ceil(taken / plan.cell);
    for (int column = 0; column < names.size(); column += every) {
      double x = plan.left + (column + 0.5) * plan.cell;
      if (plan.upright) {
        canvas.upright(Ink.MUTED, LABEL, x + 4, plan.top - 6, fitted(names.get(column)));
      } else {
        canvas.text(Ink.MUTED, LABEL, false, Anchor.MIDDLE, x, TOP / 2 + 4, names.get(column));
      }
    }
  }

  /** A label, cut where it is too long. */
  private static String fitted(String text) {
    int most = (int) (MOST / (LABEL * LETTER));
    int length = text.codePointCount(0, text.length());
    return length <= most ? text : text.substring(0, text.offsetByCodePoints(0, most - 1)) + "…";
  }

  @Override
  public String description() {
    return maps.stream()
        .map(
            map ->
                "%s: %s by %s, in %s."
                    .formatted(
                        map.name(),
                        Figure.counted(map.rows().size(), map.rows().title()),
                        Figure.counted(map.columns().size(), map.columns().title()),
                        map.unit()))
        .reduce((a, b) -> a + " " + b)
        .orElse("");
  }
}
