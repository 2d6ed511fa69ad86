package dev.fresnel.viz;

import dev.fresnel.analysis.TrainingCurves;
import dev.fresnel.analysis.TrainingCurves.Measured;
import dev.fresnel.viz.Canvas.Anchor;
import dev.fresnel.viz.Canvas.Ink;
import dev.fresnel.viz.Canvas.Stroke;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * One training run drawn: losses above, scores below, against tokens seen on a logarithmic axis.
 * All runs of a figure have the same axes.
 */
final class TrainingDrawing {
  static final double WIDTH = 440;
  static final double HEIGHT = 394;

  private static final double LEFT = 30;
  private static final double RIGHT = 336;
  private static final Span LOSS = new Span(64, 224);
  private static final Span SCORE = new Span(256, 352);
  private static final double SMALL = 11.5;
  private static final double LINE = 14;
  private static final double NOTE = 4;

  /** From which height to which. */
  private record Span(double top, double bottom) {}

  /** One quantity of a measurement, and how its line is told from others: not by hue alone. */
  record Curve(String label, Ink ink, Stroke stroke, ToDoubleFunction<Measured> value) {}

  static final List<Curve> LOSSES =
      List.of(
          new Curve("training", Ink.MUTED, Stroke.DOTTED, Measured::loss),
          new Curve("held out", Ink.SECOND, Stroke.DASHED, Measured::heldOutLoss),
          new Curve("second half", Ink.FIRST, Stroke.SOLID, Measured::secondHalfLoss));
  static final List<Curve> SCORES =
      List.of(
          new Curve("previous token", Ink.SECOND, Stroke.DASHED, Measured::previousToken),
          new Curve("induction", Ink.FIRST, Stroke.SOLID, Measured::induction));

  private final Axis tokens;
  private final Axis losses;
  private final Axis scores = new Axis(0, 1, 0.5, SCORE.bottom, SCORE.top);

  TrainingDrawing(List<TrainingCurves> runs) {
    var all = runs.stream().flatMap(run -> run.measured().stream()).toList();
    var seen = all.stream().mapToDouble(Measured::tokens).summaryStatistics();
    tokens = Axis.logarithmic(seen.getMin(), seen.getMax(), LEFT, RIGHT);
    var range =
        all.stream()
            .flatMapToDouble(each -> LOSSES.stream().mapToDouble(c -> c.value.applyAsDouble(each)))
            .filter(Double::isFinite)
            .summaryStatistics();
    losses =
        range.getCount() == 0
            ? Axis.linear(0, 1, LOSS.bottom, LOSS.top)
            : Axis.linear(range.getMin(), range.getMax(), LOSS.bottom, LOSS.top);
  }

  void draw(TrainingCurves run, Canvas canvas) {
    canvas.text(Ink.TEXT, 14, true, Anchor.START, 0, 14, run.name());
    axes(canvas);
    mark(run, canvas);
    panel(run, canvas, LOSSES, losses, LOSS);
    panel(run, canvas, SCORES, scores, SCORE);
    notes(run, canvas);
  }

  private void axes(Canvas canvas) {
    caption(canvas, LOSS, "loss, nats");
    caption(canvas, SCORE, "best head’s score");
    for (double tick : losses.ticks()) {
      horizontal(canvas, losses.at(tick), losses.label(tick));
    }
    for (double tick : scores.ticks()) {
      horizontal(canvas, scores.at(tick), scores.label(tick));
    }
    for (double tick : tokens.ticks()) {
      double x = tokens.at(tick);
      canvas.line(Ink.GRID, Stroke.HAIR, both(x), new double[] {LOSS.top, LOSS.bottom});
      canvas.line(Ink.GRID, Stroke.HAIR, both(x), new double[] {SCORE.top, SCORE.bottom + 4});
      canvas.text(Ink.MUTED, SMALL, false, Anchor.MIDDLE, x, SCORE.bottom + 17, Axis.amount(tick));
    }
    canvas.text(
        Ink.MUTED, SMALL, false, Anchor.MIDDLE, (LEFT + RIGHT) / 2, HEIGHT - 6, "tokens seen");
  }

  private static void caption(Canvas canvas, Span span, String text) {
    canvas.text(Ink.MUTED, SMALL, false, Anchor.START, 0, span.top - 11, text);
  }

  private static void horizontal(Canvas canvas, double y, String label) {
    canvas.line(Ink.GRID, Stroke.HAIR, new double[] {LEFT, RIGHT}, both(y));
    canvas.text(Ink.MUTED, SMALL, false, Anchor.END, LEFT - 6, y + 4, label);
  }

  private static double[] both(double value) {
    return new double[] {value, value};
  }

  /** The moment at which induction has formed, or that it has not. */
  private void mark(TrainingCurves run, Canvas canvas) {
    var formed = run.formed();
    if (formed.isEmpty()) {
      canvas.text(Ink.MUTED, 12, false, Anchor.START, 0, 34, formation(run));
      return;
    }
    double x = tokens.at(formed.getAsLong());
    canvas.line(Ink.TEXT, Stroke.BROKEN_HAIR, both(x), new double[] {39, SCORE.bottom});
    double half = formation(run).length() * 3.2;
    double middle = Math.max(half, Math.min(WIDTH - half, x));
    canvas.text(Ink.TEXT, 12, false, Anchor.MIDDLE, middle, 34, formation(run));
  }

  /** When the induction score reached its threshold, in words. */
  static String formation(TrainingCurves run) {
    var formed = run.formed();
    return formed.isEmpty()
        ? "induction stays below " + TrainingCurves.FORMED
        : "induction " + TrainingCurves.FORMED + " at " + amount(formed.getAsLong());
  }

  static String amount(long tokens) {
    return Axis.amount(tokens) + " tokens";
  }

  private void panel(TrainingCurves run, Canvas canvas, List<Curve> curves, Axis axis, Span span) {
    for (var curve : curves) {
      curve(run, canvas, curve, axis);
    }
    var formed = run.measured().stream().filter(m -> m.induction() >= TrainingCurves.FORMED);
    if (axis == scores) {
      formed
          .findFirst()
          .ifPresent(m -> canvas.dot(Ink.FIRST, tokens.at(m.tokens()), axis.at(m.induction()), 4));
    }
    labels(run, canvas, curves, axis, span);
  }

  /** A line broken where there are no numbers; a number between two gaps is a dot. */
  private void curve(TrainingCurves run, Canvas canvas, Curve curve, Axis axis) {
    var xs = DoubleStream.builder();
    var ys = DoubleStream.builder();
    int length = 0;
    for (int i = 0; i <= run.measured().size(); i++) {
      double value =
          i < run.measured().size() ? curve.value.applyAsDouble(run.measured().get(i)) : Double.NaN;
      if (Double.isFinite(value)) {
        xs.add(tokens.at(run.measured().get(i).tokens()));
        ys.add(axis.at(value));
        length++;
        continue;
      }
      var x = xs.build().toArray();
      var y = ys.build().toArray();
      if (length > 1) {
        canvas.line(curve.ink, curve.stroke, x, y);
      } else if (length == 1) {
        canvas.dot(curve.ink, x[0], y[0], 2.5);
      }
      xs = DoubleStream.builder();
      ys = DoubleStream.builder();
      length = 0;
    }
  }

  /** A curve's name and where it wants to stand. */
  private record Label(Curve curve, double x, double y) {}

  private void labels(TrainingCurves run, Canvas canvas, List<Curve> curves, Axis axis, Span span) {
    var labels = new ArrayList<Label>();
    for (var curve : curves) {
      run.measured().stream()
          .filter(m -> Double.isFinite(curve.value.applyAsDouble(m)))
          .reduce((before, after) -> after)
          .ifPresent(
              m ->
                  labels.add(
                      new Label(
                          curve,
                          tokens.at(m.tokens()) + 6,
                          axis.at(curve.value.applyAsDouble(m)) + 4)));
    }
    labels.sort(Comparator.comparingDouble(Label::y));
    var ys = apart(labels.stream().mapToDouble(Label::y).toArray(), LINE, span.bottom + 4);
    for (int i = 0; i < ys.length; i++) {
      var label = labels.get(i);
      canvas.text(label.curve.ink, SMALL, true, Anchor.START, label.x, ys[i], label.curve.label);
    }
  }

  /** Ascending places moved so far that each is a distance below the one before, none too low. */
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

  private void notes(TrainingCurves run, Canvas canvas) {
    var told = told(run);
    for (int i = 0; i < told.size(); i++) {
      double x = tokens.at(told.get(i).tokens());
      double left = i == 0 ? x - NOTE : (tokens.at(told.get(i - 1).tokens()) + x) / 2;
      double right =
          i + 1 == told.size() ? x + NOTE : (tokens.at(told.get(i + 1).tokens()) + x) / 2;
      canvas.note(left, right, LOSS.top, SCORE.bottom, x, note(told.get(i)));
    }
  }

  private static String note(Measured measured) {
    var note = new StringBuilder(amount(measured.tokens()));
    for (var curves : List.of(LOSSES, SCORES)) {
      for (var curve : curves) {
        note.append('\n').append(curve.label).append(": ").append(number(curve, measured));
      }
    }
    return note.toString();
  }

  static String number(Curve curve, Measured measured) {
    double value = curve.value.applyAsDouble(measured);
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.3f", value) : "–";
  }

  /**
   * The measurements that a pointer can tell apart, the last one and the one at which induction has
   * formed always among them.
   */
  private List<Measured> told(TrainingCurves run) {
    var told = new ArrayList<Measured>();
    double before = Double.NEGATIVE_INFINITY;
    long formed = run.formed().orElse(-1);
    for (int i = 0; i < run.measured().size(); i++) {
      var measured = run.measured().get(i);
      double x = tokens.at(measured.tokens());
      boolean last = i + 1 == run.measured().size();
      if (x - before >= NOTE || last || measured.tokens() == formed) {
        told.add(measured);
        before = x;
      }
    }
    return told;
  }
}
