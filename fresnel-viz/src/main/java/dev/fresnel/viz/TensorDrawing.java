package dev.fresnel.viz;

import dev.fresnel.viz.Canvas.Anchor;
import dev.fresnel.viz.Canvas.Ink;
import java.util.ArrayList;
import java.util.List;

/** Draws the first map of a tensor as a page does. Lengths are in CSS pixels. */
final class TensorDrawing implements Drawing {
  private static final double MARGIN = 24;

  /** Left of the map and above it: room for indices. */
  private static final double LEFT = 52;

  private static final double TOP = 22;

  /** The largest side of a cell, and the largest height of the map. */
  private static final double CELL = 24;

  private static final double TALL = 620;

  /** The height of one line of statistics, of each more, and of that which names the axes. */
  private static final double LINE = 26;

  private static final double FACT = 16;

  private static final double LABEL = 11;

  private final TensorGrid grid;
  private final List<String> facts;
  private final double width;
  private final double across;
  private final double down;
  private final Pixels pixels;
  private final Legend legend;

  TensorDrawing(TensorGrid grid, String facts, double width, Theme theme) {
    this.grid = grid;
    this.facts = broken(facts, (int) ((width - 2 * MARGIN) / (LABEL * 0.58)));
    this.width = width;
    int rows = grid.rows().size();
    int columns = grid.columns().size();
    across = side(columns, Math.max(80, width - 2 * MARGIN - LEFT - 8));
    down = side(rows, TALL);
    double most = grid.farthest();
    var ramp = Ramp.of(true, theme);
    legend = Legend.linear(ramp, "value", -most, most);
    pixels =
        Pixels.farthest(
            Math.min(rows, (int) Math.ceil(2 * down * rows)),
            Math.min(columns, (int) Math.ceil(2 * across * columns)),
            rows,
            columns,
            grid::first,
            value -> most == 0 ? 0.5 : (value + most) / (2 * most),
            ramp);
  }

  private static double side(int count, double most) {
    double cell = Math.min(CELL, most / count);
    return cell >= 1 ? Math.floor(cell) : cell;
  }

  /** The least of 1, 2, 5, 10, 20, 50, … that is not less. */
  private static int every(double least) {
    int power = 1;
    while (power * 5 < least) {
      power *= 10;
    }
    return power >= least ? power : power * 2 >= least ? power * 2 : power * 5;
  }

  /** As few lines as there is room for, broken between two facts. */
  private static List<String> broken(String facts, int letters) {
    var lines = new ArrayList<String>();
    var line = new StringBuilder();
    for (var fact : facts.split("(?<=[;,]) ")) {
      if (line.length() > 0 && line.length() + 1 + fact.length() > letters) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.length() > 0 ? " " : "").append(fact);
    }
    lines.add(line.toString());
    return lines;
  }

  /** The height of the statistics. */
  private double above() {
    return LINE + (facts.size() - 1) * FACT;
  }

  private double tall() {
    return down * grid.rows().size();
  }

  @Override
  public double width() {
    return width;
  }

  @Override
  public double height() {
    return Math.ceil(2 * MARGIN + above() + TOP + tall() + LINE + Legend.HEIGHT);
  }

  @Override
  public String description() {
    return grid.place() + ". " + String.join("; ", facts) + ".";
  }

  @Override
  public void draw(Canvas canvas) {
    for (int i = 0; i < facts.size(); i++) {
      double y = MARGIN + 10 + i * FACT;
      canvas.text(Ink.MUTED, LABEL, false, Anchor.START, MARGIN, y, facts.get(i));
    }
    var map = canvas.moved(MARGIN + LEFT, MARGIN + above() + TOP);
    map.pixels(pixels, 0, 0, across * grid.columns().size(), tall());
    int every = every(15 / down);
    for (int row = 0; row < grid.rows().size(); row += every) {
      double y = (row + 0.5) * down + 4;
      map.text(Ink.MUTED, LABEL, false, Anchor.END, -6, y, Integer.toString(row));
    }
    every = every(34 / across);
    for (int column = 0; column < grid.columns().size(); column += every) {
      double x = (column + 0.5) * across;
      map.text(Ink.MUTED, LABEL, false, Anchor.MIDDLE, x, -8, Integer.toString(column));
    }
    map.text(Ink.MUTED, LABEL, false, Anchor.START, 0, tall() + 16, grid.place());
    legend.draw(map.moved(0, tall() + LINE), 0, width - 2 * MARGIN - LEFT);
  }
}
