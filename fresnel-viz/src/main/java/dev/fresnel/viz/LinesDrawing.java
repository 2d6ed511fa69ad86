package dev.fresnel.viz;

import dev.fresnel.viz.Canvas.Anchor;
import dev.fresnel.viz.Canvas.Ink;
import dev.fresnel.viz.Canvas.Stroke;
import java.util.ArrayList;
import java.util.Arrays;

/** Draws lines over labelled places. Lengths are CSS pixels. */
final class LinesDrawing implements Drawing {
  private static final double MARGIN = 24;
  private static final double LEFT = 52;

  /** The height between the axes' ends, and of a line of the legend. */
  private static final double PLOT = 240;

  private static final double LEGEND = 18;
  private static final double SMALL = 11;

  /** The room for upright labels below. */
  private static final double BELOW = 96;

  private static final int LETTERS = 14;

  /** The least distance of two labels. */
  private static final double APART = 13;

  private static final Ink[] INKS = {Ink.FIRST, Ink.SECOND, Ink.TEXT};
  private static final Stroke[] STROKES = {Stroke.SOLID, Stroke.DASHED, Stroke.DOTTED};

  private final Lines lines;
  private final double width;
  private final Theme theme;

  LinesDrawing(Lines lines, double width, Theme theme) {
    this.lines = lines;
    this.theme = theme;
    this.width = width;
  }

  private double top() {
    return MARGIN + lines.series().size() * LEGEND + 24;
  }

  @Override
  public double width() {
    return width;
  }

  @Override
  public double height() {
    return top() + PLOT + BELOW + MARGIN;
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
            .flatMapToDouble(each -> Arrays.stream(each.values()))
            .filter(Double::isFinite)
            .summaryStatistics();
    boolean none = range.getCount() == 0;
    double bottom = top() + PLOT;
    var axis = Axis.linear(none ? 0 : range.getMin(), none ? 1 : range.getMax(), bottom, top());
    double right = width - MARGIN;
    canvas.text(Ink.MUTED, SMALL, false, Anchor.START, MARGIN, top() - 10, lines.unit());
    for (double tick : axis.ticks()) {
      double y = axis.at(tick);
      canvas.line(Ink.GRID, Stroke.HAIR, new double[] {LEFT, right}, new double[] {y, y});
      canvas.text(Ink.MUTED, SMALL, false, Anchor.END, LEFT - 6, y + 4, axis.label(tick));
    }
    labels(canvas, bottom);
    for (int i = 0; i < lines.series().size(); i++) {
      var ink = INKS[i % INKS.length];
      var stroke = STROKES[i / INKS.length];
      double y = MARGIN + i * LEGEND + 8;
      canvas.line(ink, stroke, new double[] {MARGIN, MARGIN + 26}, new double[] {y, y});
      var name = TokenText.cut(lines.series().get(i).name(), 60);
      canvas.text(Ink.TEXT, 12, false, Anchor.START, MARGIN + 34, y + 4, name);
      draw(canvas, ink, stroke, lines.series().get(i).values(), axis);
    }
  }

  private double x(int at) {
    int last = lines.along().size() - 1;
    return LEFT + (last == 0 ? 0.5 : at / (double) last) * (width - MARGIN - LEFT);
  }

  private void labels(Canvas canvas, double bottom) {
    var texts = lines.along().texts();
    int every =
        (int) Math.max(1, Math.ceil(APART * texts.size() / Math.max(APART, width - MARGIN - LEFT)));
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
