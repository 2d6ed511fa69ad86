package dev.fresnel.viz;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A bar in its place.
 *
 * @param from where the bar begins: 0, or in a waterfall the sum of those before
 * @param sum whether this is the sum of all
 */
record BarRow(String label, double value, double from, boolean sum) {
  /** How many bars stand alone; a page offers more. The others are one bar. */
  static final int SHOWN = 20;

  /** The bars farthest from zero, then the sum of the others, then the sum of all. */
  static List<BarRow> of(Bars bars, boolean waterfall) {
    double[] values = bars.values();
    var order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -Math.abs(values[i])))
            .toList();
    int shown = values.length <= SHOWN + 1 ? values.length : SHOWN;
    var rows = new ArrayList<BarRow>();
    double sum = 0;
    for (int i : order.subList(0, shown)) {
      rows.add(new BarRow(bars.labels().get(i), values[i], waterfall ? sum : 0, false));
      sum += values[i];
    }
    if (shown < values.length) {
      double rest = 0;
      for (int i : order.subList(shown, values.length)) {
        rest += values[i];
      }
      var label = "the other " + (values.length - shown);
      rows.add(new BarRow(label, rest, waterfall ? sum : 0, false));
    }
    rows.add(new BarRow("sum", bars.sum(), 0, true));
    return rows;
  }

  double to() {
    return from + value;
  }
}
