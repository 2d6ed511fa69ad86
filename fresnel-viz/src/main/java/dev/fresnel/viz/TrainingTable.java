package dev.fresnel.viz;

import dev.fresnel.analysis.TrainingCurves;
import dev.fresnel.analysis.TrainingCurves.Measured;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A training run as a table: the curves for those who cannot see them, or want the numbers. */
final class TrainingTable {
  private TrainingTable() {}

  /**
   * @param rows the run's measurements to be written
   */
  static void write(StringBuilder out, TrainingCurves run, List<Measured> rows) {
    var curves = new ArrayList<>(TrainingDrawing.LOSSES);
    curves.addAll(TrainingDrawing.SCORES);
    out.append("<table><caption>").append(Html.escaped(caption(run, rows))).append("</caption>\n");
    out.append("<thead><tr><th scope=\"col\">tokens</th>");
    for (var curve : curves) {
      out.append("<th scope=\"col\">").append(curve.label()).append("</th>");
    }
    out.append("</tr></thead>\n<tbody>\n");
    for (var row : rows) {
      out.append("<tr><th scope=\"row\">");
      out.append(String.format(Locale.ROOT, "%,d", row.tokens())).append("</th>");
      for (var curve : curves) {
        out.append("<td>").append(TrainingDrawing.number(curve, row)).append("</td>");
      }
      out.append("</tr>\n");
    }
    out.append("</tbody></table>\n");
  }

  private static String caption(TrainingCurves run, List<Measured> rows) {
    int all = run.measured().size();
    return run.name()
        + (rows.size() < all
            ? ": "
                + rows.size()
                + " of "
                + all
                + " measurements, as far as the picture tells them apart"
            : ": all measurements");
  }
}
