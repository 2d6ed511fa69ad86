package dev.fresnel.viz;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A report as one HTML file. */
final class Page {
  private final String title;
  private final List<Object> parts;
  private final Map<String, String> provenance;
  private final List<Placed> figures = new ArrayList<>();
  private final long budget;

  /** A figure in its place on the page. It is made coarser where the page would be too large. */
  private static final class Placed {
    /**
     * By what factor a figure's estimate may exceed the budget and still be packed to measure it.
     */
    private static final int DOUBT = 4;

    final String id;
    Figure figure;
    FigureData data;

    /** What stands in the figure's place where no script runs; it is the same at any precision. */
    final String withoutScript;

    Placed(Figure figure, String id, long budget) {
      this.id = id;
      this.figure = figure.atMost(DOUBT * budget);
      this.data = this.figure.data(id);
      this.withoutScript = data.scripted() ? WithoutScript.of(figure) : "";
    }

    long length() {
      return data.length() + withoutScript.length();
    }

    boolean canShrink() {
      return figure.coarser().isPresent();
    }

    void shrink() {
      figure = figure.coarser().orElseThrow();
      data = figure.data(id);
    }
  }

  private Page(String title, List<Object> parts, Map<String, String> provenance, long budget) {
    this.title = title;
    this.parts = parts;
    this.provenance = provenance;
    this.budget = budget;
    for (var part : parts) {
      if (part instanceof Figure figure) {
        figures.add(new Placed(figure, "figure-" + (figures.size() + 1), budget));
      }
    }
    fit();
  }

  static Page of(String title, List<Object> parts, Map<String, String> provenance, long budget) {
    return new Page(title, parts, provenance, budget);
  }

  private long length() {
    return scripts().stream().mapToLong(String::length).sum()
        + figures.stream().mapToLong(Placed::length).sum();
  }

  /** The scripts that the figures need, in the order in which a page runs them. */
  private List<String> scripts() {
    return Stream.concat(
            Stream.of(Bundle.SCRIPT), figures.stream().map(placed -> placed.data.script()))
        .distinct()
        .toList();
  }

  /** Makes the largest figure coarser until the page fits or no figure can be coarser. */
  private void fit() {
    while (length() > budget) {
      var largest =
          figures.stream()
              .filter(Placed::canShrink)
              .max(Comparator.comparingLong(placed -> placed.data.length()));
      if (largest.isEmpty()) {
        return;
      }
      largest.get().shrink();
    }
  }

  String html() {
    var out = new StringBuilder(Math.toIntExact(Math.min(1L << 30, length() + 65_536)));
    head(out);
    out.append("<body>\n<header><h1>").append(Html.escaped(title)).append("</h1>");
    out.append(PageKeys.SWITCHES).append("</header>\n");
    contents(out);
    out.append("<main>\n");
    out.append("<noscript><p>JavaScript is turned off: each figure is a short table of its");
    out.append(" numbers. With it, figures are drawn and can be explored; the page makes no");
    out.append(" network requests.</p></noscript>\n");
    if (length() > budget) {
      out.append("<p class=\"notice\">This page is larger than its budget of ")
          .append(budget / 1_000_000.0)
          .append(" MB: nothing more can be left out.</p>\n");
    }
    int next = 0;
    for (var part : parts) {
      if (part instanceof Figure) {
        figure(out, figures.get(next++));
      } else {
        out.append("<p class=\"prose\">").append(Html.escaped((String) part)).append("</p>\n");
      }
    }
    out.append("</main>\n");
    footer(out);
    out.append(PageKeys.dialog());
    scripts().forEach(script -> out.append("<script>").append(script).append("</script>\n"));
    out.append("</body>\n</html>\n");
    return out.toString();
  }

  private void head(StringBuilder out) {
    out.append("<!doctype html>\n<html lang=\"en\" data-theme=\"auto\">\n<head>\n");
    out.append("<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"");
    out.append(Bundle.contentSecurityPolicy(scripts())).append("\">\n");
    out.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.append(
        "<meta name=\"generator\" content=\"Fresnel\">\n<link rel=\"icon\" href=\"data:,\">\n");
    out.append("<title>").append(Html.escaped(title)).append("</title>\n");
    out.append("<style>").append(Bundle.STYLE).append("</style>\n</head>\n");
  }

  private void contents(StringBuilder out) {
    if (figures.size() < 2) {
      return;
    }
    out.append("<nav aria-label=\"Figures\"><ol>\n");
    for (var placed : figures) {
      out.append("<li><a href=\"#").append(placed.id).append("\">");
      out.append(Html.escaped(placed.figure.title())).append("</a></li>\n");
    }
    out.append("</ol></nav>\n");
  }

  private static void figure(StringBuilder out, Placed placed) {
    var id = placed.id;
    out.append("<section id=\"").append(id).append("\" aria-labelledby=\"").append(id);
    out.append("-title\">\n<h2 id=\"").append(id).append("-title\">");
    out.append(Html.escaped(placed.figure.title())).append("</h2>\n<p class=\"subtitle\">");
    out.append(Html.escaped(placed.figure.subtitle())).append("</p>\n");
    out.append(placed.data.markup()).append(placed.withoutScript);
    for (var named : placed.data.blocks()) {
      out.append("<script type=\"application/octet-stream;base64\" id=\"").append(named.id());
      out.append("\">").append(named.block().base64()).append("</script>\n");
    }
    out.append("</section>\n");
  }

  private void footer(StringBuilder out) {
    out.append("<footer>");
    if (!provenance.isEmpty()) {
      out.append("<dl>");
      provenance.forEach(
          (name, value) ->
              out.append("<dt>")
                  .append(Html.escaped(name))
                  .append("</dt><dd>")
                  .append(Html.escaped(value))
                  .append("</dd>\n"));
      out.append("</dl>");
    } else {
      out.append("Made with Fresnel.");
    }
    out.append("</footer>\n");
  }
}
