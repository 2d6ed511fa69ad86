package dev.fresnel.viz;

import java.util.Locale;

/** A run as a table, for readers who cannot see the lines or want the numbers. */
final class CurvesTable {
  private CurvesTable() {}

  static void write(StringBuilder out, CurvesDrawing drawing, Curves.Run run) {
    out.append("<table><caption>").append(Html.escaped(run.name())).append("</caption>\n");
    out.append("<thead><tr><th scope=\"col\">");
    out.append(Html.escaped(drawing.along().unit())).append("</th>");
    for (var curve : drawing.curves()) {
      out.append("<th scope=\"col\">").append(Html.escaped(curve.name())).append("</th>");
    }
    out.append("</tr></thead>\n<tbody>\n");
    for (int point = 0; point < run.points(); point++) {
      out.append("<tr><th scope=\"row\">");
      out.append(String.format(Locale.ROOT, "%,.0f", run.along(point))).append("</th>");
      for (var curve : drawing.curves()) {
        out.append("<td>").append(curve.shown(run, point)).append("</td>");
      }
      out.append("</tr>\n");
    }
    out.append("</tbody></table>\n");
  }
}
