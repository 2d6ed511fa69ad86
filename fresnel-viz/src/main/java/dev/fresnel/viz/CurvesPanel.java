package dev.fresnel.viz;

import dev.fresnel.viz.Canvas.Anchor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * One panel of curves, from a top to a bottom: its vertical axis and its lines.
 *
 * @param name what each line is one of
 * @param label of the vertical axis
 * @param curves its lines
 * @param axis from the bottom to the top
 */
record CurvesPanel(
    String name, String label, List<Curve> curves, Axis axis, double top, double bottom) {
  /** The size of a line's name, and the least distance between two of them, in CSS pixels. */
  private static final double SMALL = 11.5;

  private static final double LINE = 14;

  /** Of the dot at a mark, and of a point between two gaps, in CSS pixels. */
  private static final double MARK_RADIUS = 4;

  private static final double POINT_RADIUS = 2.5;

  /**
   * One line.
   *
   * @param index which series of a run it shows
   */
  record Curve(String name, int index, CurveStyle style) {
    double value(Curves.Run run, int point) {
      return run.value(index, point);
    }

    /** A value in three decimals; a dash for a gap. */
    String shown(Curves.Run run, int point) {
      double value = value(run, point);
      return Double.isFinite(value) ? String.format(Locale.ROOT, "%.3f", value) : "–";
    }
  }

  /**
   * @param first which series of a run is the panel's first
   */
  static CurvesPanel of(
      Curves.Panel panel, int first, List<Curves.Run> runs, double top, double bottom) {
    int size = panel.series().size();
    var curves =
        IntStream.range(0, size)
            .mapToObj(
                i -> new Curve(panel.series().get(i), first + i, CurveStyle.values()[size - 1 - i]))
            .toList();
    var range = panel.range();
    var axis =
        range == null
            ? axis(curves, runs, top, bottom)
            : Axis.linear(range.low(), range.high(), bottom, top);
    return new CurvesPanel(panel.name(), panel.label(), curves, axis, top, bottom);
  }

  /** An axis for the finite values of all runs; from 0 to 1 where there is none. */
  private static Axis axis(List<Curve> curves, List<Curves.Run> runs, double top, double bottom) {
    var values =
        runs.stream()
            .flatMap(run -> curves.stream().map(curve -> run.values()[curve.index]))
            .flatMapToDouble(DoubleStream::of)
            .filter(Double::isFinite)
            .summaryStatistics();
    return values.getCount() == 0
        ? Axis.linear(0, 1, bottom, top)
        : Axis.linear(values.getMin(), values.getMax(), bottom, top);
  }

  void draw(Curves.Run run, Axis along, Canvas canvas) {
    for (var curve : curves) {
      line(run, curve, along, canvas);
    }
    var mark = run.mark();
    if (mark != null && mark.point() != null) {
      dot(run, mark.series(), mark.point(), along, canvas);
    }
    names(run, along, canvas);
  }

  private void dot(Curves.Run run, String series, int point, Axis along, Canvas canvas) {
    for (var curve : curves) {
      if (curve.name.equals(series) && Double.isFinite(curve.value(run, point))) {
        canvas.dot(
            curve.style.ink,
            along.at(run.along(point)),
            axis.at(curve.value(run, point)),
            MARK_RADIUS);
      }
    }
  }

  /** A line with a gap where there are no numbers; a point between two gaps is a dot. */
  private void line(Curves.Run run, Curve curve, Axis along, Canvas canvas) {
    int from = 0;
    for (int point = 0; point <= run.points(); point++) {
      if (point < run.points() && Double.isFinite(curve.value(run, point))) {
        continue;
      }
      stretch(run, curve, along, canvas, IntStream.range(from, point));
      from = point + 1;
    }
  }

  private void stretch(Curves.Run run, Curve curve, Axis along, Canvas canvas, IntStream unbroken) {
    var points = unbroken.toArray();
    var xs = IntStream.of(points).mapToDouble(point -> along.at(run.along(point))).toArray();
    var ys = IntStream.of(points).mapToDouble(point -> axis.at(curve.value(run, point))).toArray();
    if (points.length > 1) {
      canvas.line(curve.style.ink, curve.style.stroke, xs, ys);
    } else if (points.length == 1) {
      canvas.dot(curve.style.ink, xs[0], ys[0], POINT_RADIUS);
    }
  }

  /** A line's name and where it would stand if it were alone. */
  private record Name(Curve curve, double x, double y) {}

  /** The lines' names, each at the end of its line. */
  private void names(Curves.Run run, Axis along, Canvas canvas) {
    var names = new ArrayList<Name>();
    for (var curve : curves) {
      IntStream.range(0, run.points())
          .filter(point -> Double.isFinite(curve.value(run, point)))
          .max()
          .ifPresent(
              last ->
                  names.add(
                      new Name(
                          curve,
                          along.at(run.along(last)) + 6,
                          axis.at(curve.value(run, last)) + 4)));
    }
    names.sort(Comparator.comparingDouble(Name::y));
    var ys = apart(names.stream().mapToDouble(Name::y).toArray(), LINE, bottom + 4);
    for (int i = 0; i < ys.length; i++) {
      var name = names.get(i);
      canvas.text(name.curve.style.ink, SMALL, true, Anchor.START, name.x, ys[i], name.curve.name);
    }
  }

  /**
   * Moves ascending places so that each is at least a distance below the one before, and none is
   * below the lowest.
   */
  static double[] apart(double[] places, double distance, double lowest) {
    var apart = places.clone();
    for (int i = 1; i < apart.length; i++) {
      apart[i] = Math.max(apart[i], apart[i - 1] + distance);
    }
    double limit = lowest;
    for (int i = apart.length - 1; i >= 0; i--) {
      apart[i] = Math.min(apart[i], limit);
      limit = apart[i] - distance;
    }
    return apart;
  }
}
