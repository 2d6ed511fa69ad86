package dev.fresnel.viz;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A run as a table, for readers who cannot see the lines or want the numbers. */
final class CurvesTable {
  private CurvesTable() {}

  /** A line per run and point, a column per line. */
  static void csv(Csv csv, CurvesDrawing drawing, Curves curves) {
    var heads = new ArrayList<Object>(List.of("run", drawing.along().unit()));
    drawing.curves().forEach(curve -> heads.add(curve.name()));
    csv.line(heads.toArray());
    for (var run : curves.runs()) {
      for (int point = 0; point < run.points(); point++) {
        var line = new ArrayList<Object>(List.of(run.name(), run.along(point)));
        for (var curve : drawing.curves()) {
          line.add(curve.value(run, point));
        }
        csv.line(line.toArray());
      }
    }
  }

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
