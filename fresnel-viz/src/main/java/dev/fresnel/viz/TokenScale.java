package dev.fresnel.viz;

import java.util.Arrays;

/**
 * How the values of tokens become colours, as on a page: about zero where one is negative, else
 * from zero.
 *
 * @param low the value at the ramp's beginning
 * @param high the value at its end; the lesser one where colours run downwards
 */
record TokenScale(Ramp ramp, double low, double high) {
  static TokenScale of(double[] values, Theme theme) {
    var range = Arrays.stream(values).filter(Double::isFinite).summaryStatistics();
    double least = range.getCount() == 0 ? 0 : range.getMin();
    double most = Math.max(-least, range.getCount() == 0 ? 0 : range.getMax());
    boolean signed = least < 0;
    var ramp = signed ? Ramp.of(true, theme) : Ramp.ofShares(theme);
    return new TokenScale(ramp, signed ? -most : 0, most);
  }

  /** From zero down to the least value; the usual scale where one is above zero. */
  static TokenScale downwards(double[] values, Theme theme) {
    var range = Arrays.stream(values).filter(Double::isFinite).summaryStatistics();
    return range.getCount() > 0 && range.getMin() < 0 && range.getMax() <= 0
        ? new TokenScale(Ramp.ofShares(theme), 0, range.getMin())
        : of(values, theme);
  }

  /** The place of a value on the ramp, 0 to 1. */
  double place(double value) {
    return high != low
        ? Math.min(1, Math.max(0, (value - low) / (high - low)))
        : value > low ? 1 : 0;
  }

  Legend legend(String unit) {
    return Legend.linear(ramp, unit, low, high);
  }
}
