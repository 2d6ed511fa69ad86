package dev.fresnel.viz;

import dev.fresnel.analysis.TrainingCurves;
import java.util.ArrayList;
import java.util.Locale;

/** A training run as a table: the curves for those who cannot see them, or want the numbers. */
final class TrainingTable {
  private TrainingTable() {}

  static void write(StringBuilder out, TrainingCurves run) {
    var curves = new ArrayList<>(TrainingDrawing.LOSSES);
    curves.addAll(TrainingDrawing.SCORES);
    out.append("<table><caption>").append(Html.escaped(run.name())).append("</caption>\n");
    out.append("<thead><tr><th scope=\"col\">tokens</th>");
    for (var curve : curves) {
      out.append("<th scope=\"col\">").append(curve.label()).append("</th>");
    }
    out.append("</tr></thead>\n<tbody>\n");
    for (var row : run.measured()) {
      out.append("<tr><th scope=\"row\">");
      out.append(String.format(Locale.ROOT, "%,d", row.tokens())).append("</th>");
      for (var curve : curves) {
        out.append("<td>").append(TrainingDrawing.number(curve, row)).append("</td>");
      }
      out.append("</tr>\n");
    }
    out.append("</tbody></table>\n");
  }
}
