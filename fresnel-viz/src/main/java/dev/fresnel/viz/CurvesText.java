package dev.fresnel.viz;

/** Curves as text: each line as blocks of eight heights, with its first and its last value. */
final class CurvesText {
  private static final String HEIGHTS = "▁▂▃▄▅▆▇█";

  /** Room beside the blocks for a name and two values, in characters. */
  private static final int NAME = 16;

  private static final int VALUES = 18;

  private CurvesText() {}

  static void write(CurvesDrawing drawing, Curves curves, Terminal terminal, StringBuilder out) {
    int most = Math.max(4, terminal.columns() - NAME - VALUES - 2);
    for (int i = 0; i < curves.runs().size(); i++) {
      var run = curves.runs().get(i);
      out.append(i == 0 ? "" : "\n").append(run.name()).append(", ");
      out.append(Axis.amount(run.along(0))).append(" to ");
      out.append(Axis.amount(run.along(run.points() - 1))).append(' ');
      out.append(curves.along().label()).append('\n');
      for (var curve : drawing.curves()) {
        var line = TokenText.fitted(curve.name(), NAME) + "  " + blocks(curve, run, most);
        var ends = "  " + curve.shown(run, 0) + " → " + curve.shown(run, run.points() - 1);
        out.append(line).append(ends).append('\n');
      }
      var mark = run.mark();
      if (mark != null) {
        out.append(drawing.words(run, mark)).append('\n');
      }
    }
  }

  private static String blocks(CurvesPanel.Curve curve, Curves.Run run, int most) {
    int count = Math.min(most, run.points());
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int point = 0; point < run.points(); point++) {
      double value = curve.value(run, point);
      if (Double.isFinite(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    var blocks = new StringBuilder();
    for (int i = 0; i < count; i++) {
      int point = count == 1 ? 0 : (int) ((long) i * (run.points() - 1) / (count - 1));
      double value = curve.value(run, point);
      double place = high > low ? (value - low) / (high - low) : 0;
      int step = (int) Math.round(place * (HEIGHTS.length() - 1));
      blocks.append(Double.isFinite(value) ? HEIGHTS.charAt(step) : ' ');
    }
    return blocks.toString();
  }
}
