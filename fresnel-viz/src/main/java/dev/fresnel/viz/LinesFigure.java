package dev.fresnel.viz;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lines over labelled places. */
final class LinesFigure extends Figure {
  private final Lines lines;

  LinesFigure(@Nullable String title, Lines lines) {
    super(title);
    this.lines = lines;
  }

  @Override
  public Figure titled(String title) {
    return new LinesFigure(title, lines);
  }

  @Override
  String ownTitle() {
    return lines.name();
  }

  @Override
  String subtitle() {
    return "In " + lines.unit() + ", by " + lines.along().title() + ".";
  }

  @Override
  FigureData data(String prefix) {
    var json = new ScriptJson();
    json.object(
        () -> {
          json.name("unit").text(lines.unit());
          json.name("title").text(lines.along().title());
          json.name("along").array(lines.along().texts(), ScriptJson::text);
          json.name("series")
              .array(
                  lines.series(),
                  (j, series) ->
                      j.object(
                          () -> {
                            j.name("name").text(series.name());
                            j.name("values").numbers(series.values());
                          }));
        });
    return FigureData.of("fresnel-lines", prefix, json);
  }

  @Override
  Drawing drawing(double width, Theme theme) {
    return new LinesDrawing(lines, width, theme);
  }

  private List<String> heads() {
    var heads = new ArrayList<>(List.of(lines.along().title()));
    lines.series().forEach(series -> heads.add(series.name()));
    return heads;
  }

  @Override
  void csv(Csv csv) {
    csv.line(heads().toArray());
    for (int at = 0; at < lines.along().size(); at++) {
      var line = new ArrayList<Object>(List.of(lines.along().texts().get(at)));
      for (var series : lines.series()) {
        line.add(series.values()[at]);
      }
      csv.line(line.toArray());
    }
  }

  @Override
  void text(Terminal terminal, StringBuilder out) {
    var rows = new ArrayList<List<String>>();
    for (int at = 0; at < lines.along().size(); at++) {
      var row = new ArrayList<>(List.of(lines.along().texts().get(at)));
      for (var series : lines.series()) {
        row.add(TokensText.number(series.values()[at]));
      }
      rows.add(row);
    }
    TextTable.write(heads(), rows, terminal.columns(), out);
  }
}
