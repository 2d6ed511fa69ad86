package dev.fresnel.analysis.patch;

import java.util.ArrayList;
import java.util.List;

/** A sweep as CSV: a line per cell, with its place on each axis. */
final class SweepCsv {
  private SweepCsv() {}

  static String text(Sweep sweep) {
    var columns = new ArrayList<>(sweep.axes().stream().map(Axis::name).toList());
    columns.add("value");
    columns.add(sweep.hasCorrupted() ? "normalised" : "change");
    var spread = sweep.spread();
    if (spread != null) {
      columns.addAll(List.of("standard_error", "low", "high"));
    }
    var text = new StringBuilder(String.join(",", columns)).append('\n');
    double[] values = sweep.values();
    double[] second = sweep.hasCorrupted() ? sweep.normalised() : sweep.changes();
    for (int cell = 0; cell < values.length; cell++) {
      var line = new ArrayList<String>();
      int[] at = sweep.indices(cell);
      for (int axis = 0; axis < at.length; axis++) {
        line.add(place(sweep.axes().get(axis), at[axis]));
      }
      line.add(number(values[cell]));
      line.add(number(second[cell]));
      if (spread != null) {
        line.add(number(spread.standardError()[cell]));
        line.add(number(spread.low()[cell]));
        line.add(number(spread.high()[cell]));
      }
      text.append(String.join(",", line)).append('\n');
    }
    return text.toString();
  }

  /** Its number, or the name of a component. */
  private static String place(Axis axis, int index) {
    boolean named = axis.name().equals("writer") || axis.name().equals("reader");
    return named ? axis.labels().get(index) : Integer.toString(index);
  }

  /** Empty where there is none, as spreadsheets read it. */
  private static String number(double value) {
    return Double.isFinite(value) ? Double.toString(value) : "";
  }
}
