package dev.fresnel.viz;

import dev.fresnel.viz.Canvas.Anchor;
import dev.fresnel.viz.Canvas.Ink;
import dev.fresnel.viz.Canvas.Stroke;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Draws one run of {@link Curves}; all runs have the same axes. Lengths are in CSS pixels. */
final class CurvesDrawing {
  static final double WIDTH = 440;

  /** Where the horizontal axis begins and ends; right of it stand the names of the lines. */
  private static final double LEFT = 30;

  private static final double RIGHT = 336;

  /** Where the first panel begins: below the run's name and the text of its mark. */
  private static final double TOP = 64;

  private static final double FIRST_HEIGHT = 160;
  private static final double OTHER_HEIGHT = 96;

  /** Between two panels: room for a panel's label. */
  private static final double BETWEEN = 32;

  /** Below the last panel: room for the horizontal axis's ticks and label. */
  private static final double BELOW = 42;

  /** The size of small letters. */
  private static final double SMALL = 11.5;

  /** The size of a mark's text, and the mean width of its letters. */
  private static final double MARK = 12;

  private static final double LETTER = 6.4;

  /** The least distance at which a pointer can tell two points apart. */
  private static final double NOTE = 4;

  private final Curves curves;
  private final Axis along;
  private final List<CurvesPanel> panels = new ArrayList<>();

  CurvesDrawing(Curves curves) {
    this.curves = curves;
    var all =
        curves.runs().stream()
            .flatMapToDouble(run -> Arrays.stream(run.along()))
            .summaryStatistics();
    along = Axis.logarithmic(all.getMin(), all.getMax(), LEFT, RIGHT);
    double top = TOP;
    int series = 0;
    for (var panel : curves.panels()) {
      double bottom = top + (panels.isEmpty() ? FIRST_HEIGHT : OTHER_HEIGHT);
      panels.add(CurvesPanel.of(panel, series, curves.runs(), top, bottom));
      series += panel.series().size();
      top = bottom + BETWEEN;
    }
  }

  private double bottom() {
    return panels.get(panels.size() - 1).bottom();
  }

  double height() {
    return bottom() + BELOW;
  }

  Curves.Along along() {
    return curves.along();
  }

  /** All lines, panel by panel. */
  List<CurvesPanel.Curve> curves() {
    return panels.stream().flatMap(panel -> panel.curves().stream()).toList();
  }

  void draw(Curves.Run run, Canvas canvas) {
    canvas.text(Ink.TEXT, 14, true, Anchor.START, 0, 14, run.name());
    axes(canvas);
    mark(run, canvas);
    for (var panel : panels) {
      panel.draw(run, along, canvas);
    }
    notes(run, canvas);
  }

  private void axes(Canvas canvas) {
    for (var panel : panels) {
      canvas.text(Ink.MUTED, SMALL, false, Anchor.START, 0, panel.top() - 11, panel.label());
    }
    for (var panel : panels) {
      for (double tick : panel.axis().ticks()) {
        double y = panel.axis().at(tick);
        canvas.line(Ink.GRID, Stroke.HAIR, new double[] {LEFT, RIGHT}, both(y));
        canvas.text(Ink.MUTED, SMALL, false, Anchor.END, LEFT - 6, y + 4, panel.axis().label(tick));
      }
    }
    for (double tick : along.ticks()) {
      double x = along.at(tick);
      for (var panel : panels) {
        double end = panel.bottom() == bottom() ? bottom() + 4 : panel.bottom();
        canvas.line(Ink.GRID, Stroke.HAIR, both(x), new double[] {panel.top(), end});
      }
      canvas.text(Ink.MUTED, SMALL, false, Anchor.MIDDLE, x, bottom() + 17, Axis.amount(tick));
    }
    double middle = (LEFT + RIGHT) / 2;
    var label = curves.along().label();
    canvas.text(Ink.MUTED, SMALL, false, Anchor.MIDDLE, middle, height() - 6, label);
  }

  private static double[] both(double value) {
    return new double[] {value, value};
  }

  /** What is pointed out: a broken line where there is a point, else the words alone. */
  private void mark(Curves.Run run, Canvas canvas) {
    var mark = run.mark();
    if (mark == null) {
      return;
    }
    if (mark.point() == null) {
      canvas.text(Ink.MUTED, MARK, false, Anchor.START, 0, 34, mark.text());
      return;
    }
    var words = words(run, mark);
    double x = along.at(run.along(mark.point()));
    canvas.line(Ink.TEXT, Stroke.BROKEN_HAIR, both(x), new double[] {39, bottom()});
    double half = words.length() * LETTER / 2;
    double middle = Math.max(half, Math.min(WIDTH - half, x));
    canvas.text(Ink.TEXT, MARK, false, Anchor.MIDDLE, middle, 34, words);
  }

  /** A run's mark in words. */
  String words(Curves.Run run, Curves.Mark mark) {
    return mark.point() == null ? mark.text() : mark.text() + " at " + amount(run, mark.point());
  }

  private String amount(Curves.Run run, int point) {
    return Axis.amount(run.along(point)) + " " + curves.along().unit();
  }

  /** A run in words: where it begins and ends, and its mark. */
  String description(Curves.Run run) {
    int last = run.points() - 1;
    var lines =
        panels.stream()
            .flatMap(
                panel ->
                    panel.curves().stream()
                        .map(
                            curve ->
                                " %s %s %s to %s"
                                    .formatted(
                                        curve.name(),
                                        panel.name(),
                                        curve.shown(run, 0),
                                        curve.shown(run, last))))
            .collect(Collectors.joining(","));
    var mark = run.mark() == null ? "" : "; " + words(run, run.mark());
    return "%s. From %s to %s %s:%s%s."
        .formatted(
            run.name(),
            Axis.amount(run.along(0)),
            Axis.amount(run.along(last)),
            curves.along().label(),
            lines,
            mark);
  }

  private void notes(Curves.Run run, Canvas canvas) {
    var told = told(run);
    for (int i = 0; i < told.size(); i++) {
      double x = x(run, told.get(i));
      double left = i == 0 ? x - NOTE : (x(run, told.get(i - 1)) + x) / 2;
      double right = i + 1 == told.size() ? x + NOTE : (x(run, told.get(i + 1)) + x) / 2;
      canvas.note(left, right, TOP, bottom(), x, note(run, told.get(i)));
    }
  }

  private double x(Curves.Run run, int point) {
    return along.at(run.along(point));
  }

  private String note(Curves.Run run, int point) {
    var note = new StringBuilder(amount(run, point));
    for (var curve : curves()) {
      note.append('\n').append(curve.name()).append(": ").append(curve.shown(run, point));
    }
    return note.toString();
  }

  /** The points that a pointer can tell apart, always with the last one and the marked one. */
  private List<Integer> told(Curves.Run run) {
    var told = new ArrayList<Integer>();
    double before = Double.NEGATIVE_INFINITY;
    for (int point = 0; point < run.points(); point++) {
      double x = x(run, point);
      boolean marked = run.mark() != null && Integer.valueOf(point).equals(run.mark().point());
      if (x - before >= NOTE || point + 1 == run.points() || marked) {
        told.add(point);
        before = x;
      }
    }
    return told;
  }
}
