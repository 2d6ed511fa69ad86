package dev.fresnel.viz;

import dev.fresnel.viz.Canvas.Anchor;
import dev.fresnel.viz.Canvas.Ink;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * A colour bar with its ticks.
 *
 * @param unit what the colours stand for
 * @param value the value at a place of the ramp, 0 to 1
 */
record Legend(Ramp ramp, String unit, DoubleUnaryOperator value) {
  /** The height with the unit above and the ticks below, in CSS pixels. */
  static final double HEIGHT = 60;

  /** The widest and the usual bar. */
  private static final double BAR = 300;

  /** Beside the bar: half of a tick's label. */
  private static final double BESIDE = 22;

  private static final int STEPS = 100;

  /** The size of labels, and the height of the bar. */
  private static final double LABEL = 11;

  private static final double TALL = 10;

  /** From one value to another, evenly. */
  static Legend linear(Ramp ramp, String unit, double low, double high) {
    return new Legend(ramp, unit, place -> low + place * (high - low));
  }

  /**
   * @param width the room that there is
   */
  void draw(Canvas canvas, double left, double width) {
    double bar = Math.max(60, Math.min(BAR, width - left - BESIDE));
    canvas.text(Ink.MUTED, LABEL, false, Anchor.START, left, 10, unit);
    double step = bar / STEPS;
    for (int i = 0; i < STEPS; i++) {
      // Wider than a step, so that no gap shows between two.
      double wide = i + 1 < STEPS ? step + 0.5 : step;
      canvas.fill(ramp.colour(i / (STEPS - 1.0)), left + i * step, 16, wide, TALL);
    }
    int ticks = bar < 150 ? 1 : 4;
    for (int i = 0; i <= ticks; i++) {
      double place = i / (double) ticks;
      canvas.text(
          Ink.MUTED,
          LABEL,
          false,
          Anchor.MIDDLE,
          left + place * bar,
          40,
          tick(value.applyAsDouble(place)));
    }
  }

  /** Up to three significant digits. */
  static String tick(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return value == 0 ? "0" : Double.toString(value);
    }
    double size = Math.abs(value);
    return size >= 1e5 || size < 1e-3
        ? String.format(Locale.ROOT, "%.0e", value)
        : String.format(Locale.ROOT, "%." + decimals(size) + "f", value)
            .replaceFirst("\\.?0+$", "");
  }

  private static int decimals(double size) {
    return Math.max(1, 1 - (int) Math.floor(Math.log10(size)));
  }
}
