package dev.fresnel.viz;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Maps values to places along a line, and finds round values to mark on it.
 *
 * @param low the least value
 * @param high the greatest value, above the least
 * @param step the distance between the marks of a linear axis; 0 for a logarithmic axis
 * @param from the place of the least value
 * @param to the place of the greatest value; may be less than {@code from}
 */
record Axis(double low, double high, double step, double from, double to) {
  /** More marks than this would touch; a logarithmic axis is then marked at powers of ten alone. */
  private static final int MOST_TICKS = 8;

  /** The factors of powers of ten that count as round. */
  private static final double[] ROUND = {1, 2, 5};

  /** The factors that a page's charts have besides. */
  private static final double[] QUARTERS = {1, 1.5, 2, 2.5, 5};

  /** An axis on which equal ratios are equally far apart. */
  static Axis logarithmic(double low, double high, double from, double to) {
    return low < high
        ? new Axis(low, high, 0, from, to)
        : new Axis(low / 1.25, low * 1.25, 0, from, to);
  }

  /** An axis of about four steps, which begins and ends at round values. */
  static Axis linear(double low, double high, double from, double to) {
    double step = high > low ? roundStep((high - low) / 4) : 1;
    double first = Math.floor(low / step) * step;
    double last = Math.max(first + step, Math.ceil(high / step) * step);
    return new Axis(first, last, step, from, to);
  }

  /** An axis of four steps, whose ends are round values about the given ones, as on a page. */
  static Axis quarters(double low, double high, double from, double to) {
    double rough = (high > low ? high - low : 1) / 4;
    double decade = Math.pow(10, Math.floor(Math.log10(rough)));
    for (; ; decade *= 10) {
      for (double round : QUARTERS) {
        double step = round * decade;
        double first = Math.floor(low / step + 1e-9) * step;
        if (first + 4 * step >= high - 1e-9 * step) {
          return new Axis(first, first + 4 * step, step, from, to);
        }
      }
    }
  }

  /** The least round number that is at least so large: 0.5, 1, 2, 5, 10, 20, …. */
  private static double roundStep(double least) {
    double decade = Math.pow(10, Math.floor(Math.log10(least)));
    for (double round : ROUND) {
      if (round * decade >= least * (1 - 1e-9)) {
        return round * decade;
      }
    }
    return 10 * decade;
  }

  /** The place of a value. */
  double at(double value) {
    double share =
        step > 0 ? (value - low) / (high - low) : Math.log(value / low) / Math.log(high / low);
    return from + share * (to - from);
  }

  /** The values to mark, in ascending order; at least two. */
  List<Double> ticks() {
    if (step > 0) {
      var ticks = new ArrayList<Double>();
      for (int i = 0; i <= Math.round((high - low) / step); i++) {
        ticks.add(low + i * step);
      }
      return ticks;
    }
    var ticks = powers(ROUND);
    var fewer = ticks.size() > MOST_TICKS ? powers(1) : ticks;
    return fewer.size() < 2 ? List.of(low, high) : fewer;
  }

  private List<Double> powers(double... multiples) {
    var ticks = new ArrayList<Double>();
    for (int power = (int) Math.floor(Math.log10(low)); Math.pow(10, power) <= high; power++) {
      for (double multiple : multiples) {
        double tick = multiple * Math.pow(10, power);
        if (tick >= low && tick <= high) {
          ticks.add(tick);
        }
      }
    }
    return ticks;
  }

  /** A marked value of a linear axis, with the decimals that its step needs. */
  String label(double tick) {
    int decimals = Math.max(0, (int) -Math.floor(Math.log10(step) + 1e-9));
    double left = step * Math.pow(10, decimals);
    decimals += Math.abs(left - Math.rint(left)) > 1e-6 ? 1 : 0; // 0.25 needs one more than 0.2
    double shown = Math.abs(tick) < 1e-9 * step ? 0 : tick; // a sum of steps may miss 0
    return String.format(Locale.ROOT, "%." + decimals + "f", shown);
  }

  /** A number in three significant digits: {@code 48 k}, {@code 2.35 M}. */
  static String amount(double number) {
    var rounded = new BigDecimal(number).round(new MathContext(3));
    int thousands = Math.min(3, Math.max(0, (rounded.precision() - rounded.scale() - 1) / 3));
    var shown = rounded.movePointLeft(3 * thousands).stripTrailingZeros().toPlainString();
    return thousands == 0 ? shown : shown + " " + "kMB".charAt(thousands - 1);
  }
}
