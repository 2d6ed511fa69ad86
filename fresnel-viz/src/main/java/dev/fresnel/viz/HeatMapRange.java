package dev.fresnel.viz;

import java.util.Arrays;
import java.util.List;

/**
 * The values between which heat maps of one figure have their colours: about zero where they are
 * signed, else from zero or less to the greatest.
 */
record HeatMapRange(double low, double high) {
  static HeatMapRange of(List<HeatMap> maps) {
    var range =
        maps.stream()
            .flatMap(map -> Arrays.stream(map.values()))
            .flatMapToDouble(Arrays::stream)
            .filter(Double::isFinite)
            .summaryStatistics();
    double most = range.getCount() == 0 ? 0 : range.getMax();
    double least = range.getCount() == 0 ? 0 : range.getMin();
    double farthest = Math.max(Math.abs(least), Math.abs(most));
    return maps.get(0).isSigned()
        ? new HeatMapRange(-farthest, farthest)
        : new HeatMapRange(Math.min(0, least), most);
  }

  /** The greatest distance from zero. */
  double farthest() {
    return Math.max(Math.abs(low), Math.abs(high));
  }

  /** The place of a value on the ramp; beyond 0 and 1 for infinities. */
  double place(double value) {
    return high > low ? (value - low) / (high - low) : value > low ? 1 : 0;
  }
}
