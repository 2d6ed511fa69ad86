package dev.fresnel.viz;

import dev.fresnel.analysis.CacheContents;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a run has captured: a table of hook points. */
final class CacheFigure extends Figure {
  private static final List<String> HEADS = List.of("hook point", "shape", "type", "size");

  private final CacheContents contents;

  CacheFigure(@Nullable String title, CacheContents contents) {
    super(title);
    this.contents = contents;
  }

  @Override
  public Figure titled(String title) {
    return new CacheFigure(title, contents);
  }

  @Override
  String ownTitle() {
    return "Captured activations";
  }

  @Override
  String subtitle() {
    long bytes = contents.points().stream().mapToLong(CacheContents.Point::bytes).sum();
    return counted(contents.points().size(), "hook point") + ", " + size(bytes) + ".";
  }

  private List<List<String>> lines() {
    return contents.points().stream()
        .map(each -> List.of(each.name(), each.shape(), each.type(), size(each.bytes())))
        .toList();
  }

  private static String size(long bytes) {
    return bytes < 10_000
        ? bytes + " bytes"
        : bytes < 10_000_000
            ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
            : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }

  @Override
  FigureData data(String prefix) {
    // A page's tables are of numbers, at the right; these are of names.
    var left = " style=\"text-align:left\"";
    var out = new StringBuilder("<table>\n<thead><tr>");
    HEADS.forEach(
        head -> out.append("<th scope=\"col\"" + left + ">").append(head).append("</th>"));
    out.append("</tr></thead>\n<tbody>\n");
    for (var line : lines()) {
      out.append("<tr><th scope=\"row\"" + left + ">")
          .append(Html.escaped(line.get(0)))
          .append("</th>");
      line.subList(1, line.size())
          .forEach(
              field -> out.append("<td" + left + ">").append(Html.escaped(field)).append("</td>"));
      out.append("</tr>\n");
    }
    return FigureData.still(out.append("</tbody></table>\n").toString());
  }

  @Override
  Drawing drawing(double width, Theme theme) {
    return new TableDrawing(HEADS, lines(), width, theme);
  }

  @Override
  void csv(Csv csv) {
    csv.line("hook_point", "shape", "type", "bytes");
    contents
        .points()
        .forEach(each -> csv.line(each.name(), each.shape(), each.type(), each.bytes()));
  }

  @Override
  void text(Terminal terminal, StringBuilder out) {
    var lines = new ArrayList<String>();
    contents
        .points()
        .forEach(each -> lines.add(each.name() + " [" + each.shape() + "] " + size(each.bytes())));
    lines.forEach(
        line ->
            out.append(TokenText.fitted(line, terminal.columns()).stripTrailing()).append('\n'));
  }
}
