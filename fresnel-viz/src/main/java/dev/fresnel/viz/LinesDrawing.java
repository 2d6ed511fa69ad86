package dev.fresnel.viz;

import dev.fresnel.viz.Canvas.Anchor;
import dev.fresnel.viz.Canvas.Ink;
import dev.fresnel.viz.Canvas.Stroke;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;

/** Draws lines over labelled places. Lengths are CSS pixels. */
final class LinesDrawing implements Drawing {
  private static final double MARGIN = 24;

  /** Beside the plot, above it, its height, and the room for upright labels below. */
  private static final double LEFT = 52;

  private static final double RIGHT = 12;
  private static final double TOP = 10;
  private static final double PLOT = 170;
  private static final double BELOW = 74;

  /** A plot is not wider than this, however wide the picture is. */
  private static final double WIDEST = 1100;

  /** The height of the label above, and of a line of the legend. */
  private static final double LABEL = 20;

  private static final double LEGEND = 20;

  /** A sample of a line with the room beside it, and between two names of the legend. */
  private static final double SAMPLE = 34;

  private static final double BETWEEN = 18;

  private static final double SMALL = 11;
  private static final double FONT = 13;

  /** The width of a letter as a part of its size. */
  private static final double LETTER = 0.56;

  /** The longest label below. */
  private static final int LETTERS = 10;

  /** The least distance of two labels. */
  private static final double APART = 13;

  private static final Ink[] INKS = {Ink.FIRST, Ink.SECOND, Ink.TEXT};
  private static final Stroke[] STROKES = {Stroke.SOLID, Stroke.DASHED, Stroke.DOTTED};

  /** The axis of the values. */
  enum Vertical {
    /** Round ends about the values. */
    VALUES,
    /** From 0 to 1. */
    SHARES,
    /** 1 is at the top; equal ratios are equally far apart. */
    RANKS;

    /** Where a value stands on the axis. */
    double place(double value) {
      return this == RANKS ? -Math.log10(value) : value;
    }

    /**
     * @param places of the values
     */
    Axis over(DoubleSummaryStatistics places, double from, double to) {
      boolean none = places.getCount() == 0;
      return switch (this) {
        case SHARES -> new Axis(0, 1, 0.25, from, to);
        case RANKS ->
            new Axis(none ? -1 : Math.min(-1, Math.floor(places.getMin())), 0, 1, from, to);
        case VALUES ->
            Axis.quarters(none ? 0 : places.getMin(), none ? 0 : places.getMax(), from, to);
      };
    }

    String label(Axis axis, double tick) {
      return this == RANKS ? Axis.amount(Math.pow(10, -tick)) : axis.label(tick);
    }
  }

  private final Lines lines;
  private final String label;
  private final Vertical vertical;
  private final double width;
  private final Theme theme;

  LinesDrawing(Lines lines, double width, Theme theme) {
    this(
        lines,
        "By %s, %s".formatted(lines.along().title(), lines.unit()),
        Vertical.VALUES,
        width,
        theme);
  }

  /**
   * @param label stands above the plot
   */
  LinesDrawing(Lines lines, String label, Vertical vertical, double width, Theme theme) {
    this.lines = lines;
    this.label = label;
    this.vertical = vertical;
    this.theme = theme;
    this.width = width;
  }

  private double top() {
    return MARGIN + LABEL + TOP;
  }

  private double right() {
    return MARGIN + Math.max(220, Math.min(WIDEST, width - 2 * MARGIN)) - RIGHT;
  }

  private String name(int series) {
    return TokenText.cut(lines.series().get(series).name(), 60);
  }

  /** Where each name of the legend stands, {x, y}; they wrap. One line alone needs none. */
  private double[][] legend() {
    int count = lines.series().size();
    var places = new double[count > 1 ? count : 0][];
    double x = MARGIN;
    double y = top() + PLOT + BELOW + 4;
    for (int i = 0; i < places.length; i++) {
      double needed = SAMPLE + TokenText.width(name(i)) * FONT * LETTER;
      if (x > MARGIN && x + needed > width - MARGIN) {
        x = MARGIN;
        y += LEGEND;
      }
      places[i] = new double[] {x, y};
      x += needed + BETWEEN;
    }
    return places;
  }

  @Override
  public double width() {
    return width;
  }

  @Override
  public double height() {
    var places = legend();
    double plot = top() + PLOT + BELOW;
    return MARGIN + (places.length == 0 ? plot : places[places.length - 1][1] + LEGEND);
  }

  @Override
  public String description() {
    return Figure.counted(lines.series().size(), "line")
        + " over "
        + Figure.counted(lines.along().size(), lines.along().title())
        + ".";
  }

  @Override
  public void draw(Canvas canvas) {
    var range =
        lines.series().stream()
            .flatMapToDouble(each -> Arrays.stream(each.values()).map(vertical::place))
            .filter(Double::isFinite)
            .summaryStatistics();
    double bottom = top() + PLOT;
    var axis = vertical.over(range, bottom, top());
    double left = MARGIN + LEFT;
    canvas.text(Ink.MUTED, FONT, false, Anchor.START, MARGIN, MARGIN + 14, label);
    for (double tick : axis.ticks()) {
      double y = axis.at(tick);
      canvas.line(Ink.GRID, Stroke.HAIR, new double[] {left, right()}, new double[] {y, y});
      canvas.text(Ink.MUTED, SMALL, false, Anchor.END, left - 6, y + 4, vertical.label(axis, tick));
    }
    labels(canvas, bottom);
    for (int i = 0; i < lines.series().size(); i++) {
      var ink = INKS[i % INKS.length];
      var stroke = STROKES[i / INKS.length];
      double[] places =
          Arrays.stream(lines.series().get(i).values()).map(vertical::place).toArray();
      draw(canvas, ink, stroke, places, axis);
    }
    var places = legend();
    for (int i = 0; i < places.length; i++) {
      double x = places[i][0];
      double y = places[i][1] + LEGEND / 2;
      var stroke = STROKES[i / INKS.length];
      canvas.line(INKS[i % INKS.length], stroke, new double[] {x, x + 28}, new double[] {y, y});
      canvas.text(Ink.TEXT, FONT, false, Anchor.START, x + SAMPLE, y + 4, name(i));
    }
  }

  private double x(int at) {
    int last = lines.along().size() - 1;
    double left = MARGIN + LEFT;
    return left + (last == 0 ? 0.5 : at / (double) last) * (right() - left);
  }

  private void labels(Canvas canvas, double bottom) {
    var texts = lines.along().texts();
    int every = (int) Math.max(1, Math.ceil(APART * texts.size() / (right() - MARGIN - LEFT)));
    for (int at = 0; at < texts.size(); at += every) {
      var text = TokenText.cut(texts.get(at), LETTERS);
      canvas.uprightCode(Ink.MUTED.in(theme), SMALL, Anchor.END, x(at) + 4, bottom + 8, text);
    }
  }

  /** Draws what is between gaps; a value alone is a dot. */
  private void draw(Canvas canvas, Ink ink, Stroke stroke, double[] values, Axis axis) {
    int from = 0;
    for (int at = 0; at <= values.length; at++) {
      if (at < values.length && Double.isFinite(values[at])) {
        continue;
      }
      if (at - from == 1) {
        canvas.dot(ink, x(from), axis.at(values[from]), 2.5);
      } else if (at - from > 1) {
        var xs = new ArrayList<Double>();
        var ys = new ArrayList<Double>();
        for (int i = from; i < at; i++) {
          xs.add(x(i));
          ys.add(axis.at(values[i]));
        }
        canvas.line(
            ink,
            stroke,
            xs.stream().mapToDouble(Double::doubleValue).toArray(),
            ys.stream().mapToDouble(Double::doubleValue).toArray());
      }
      from = at + 1;
    }
  }
}
