package dev.fresnel.viz;

import dev.fresnel.analysis.Attribution;
import dev.fresnel.analysis.HeadScores;
import dev.fresnel.analysis.HeadValues;
import dev.fresnel.error.FresnelException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Heat maps side by side, in the same colours: of any numbers, of head scores, of an attribution.
 *
 * <pre>{@code
 * Figure.heatMap(map).picture(640, Theme.DARK).writePng(Path.of("patching.png"));
 * Figure.heatMap(map).writeCsv(Path.of("patching.csv"));
 * }</pre>
 */
public final class HeatMapFigure extends Figure {
  /** One map; the message stands in its place where there is nothing to show. */
  private record Panel(HeatMap map, @Nullable String message) {
    /** The map as a picture or text shows it, whose name says that there is nothing to show. */
    private HeatMap named() {
      return message == null ? map : map.name(map.name() + ": no such cell");
    }
  }

  private final String ownTitle;
  private final List<Panel> panels;
  private final @Nullable Attribution attribution;

  private HeatMapFigure(
      @Nullable String title,
      String ownTitle,
      List<Panel> panels,
      @Nullable Attribution attribution) {
    super(title);
    this.ownTitle = ownTitle;
    this.panels = panels;
    this.attribution = attribution;
  }

  static HeatMapFigure of(List<HeatMap> maps) {
    if (maps.isEmpty()) {
      throw new FresnelException(
          "a figure of heat maps needs at least one map, got none; give one");
    }
    var first = maps.get(0);
    for (var map : maps) {
      if (!map.unit().equals(first.unit()) || map.isSigned() != first.isSigned()) {
        throw new FresnelException(
            "the heat maps of one figure share their colours, so they need one unit; “%s” is in %s, “%s” in %s"
                    .formatted(first.name(), unit(first), map.name(), unit(map))
                + ": put them in two figures");
      }
    }
    return new HeatMapFigure(
        null, names(maps), maps.stream().map(map -> new Panel(map, null)).toList(), null);
  }

  static HeatMapFigure ofScores(List<HeadScores> scores) {
    if (scores.isEmpty()) {
      throw new FresnelException(
          "a figure of head scores needs the scores of at least one detector, got none; give"
              + " HeadDetector.score(run)");
    }
    var panels = scores.stream().map(HeatMapFigure::panel).toList();
    var names = names(panels.stream().map(Panel::map).toList());
    return new HeatMapFigure(null, "Head scores: " + names, panels, null);
  }

  static HeatMapFigure of(Attribution attribution) {
    var map =
        ofHeads("attribution", attribution.scores())
            .unit("logits")
            .signed()
            .caption("What each head adds to " + Bars.said(attribution) + ".");
    return new HeatMapFigure(
        null,
        "Logit attribution, position " + attribution.position(),
        List.of(new Panel(map, null)),
        attribution);
  }

  private static Panel panel(HeadScores scores) {
    var message =
        scores.defined()
            ? null
            : "The rule of “"
                + scores.detector()
                + "” holds for no cell of this text: there is nothing to average.";
    var map =
        ofHeads(scores.detector(), scores.values())
            .unit("score")
            .caption("Mean attention over the cells where the detector's rule holds, 0 to 1.");
    return new Panel(map, message);
  }

  private static HeatMap ofHeads(String name, HeadValues values) {
    return HeatMap.of(
        name, values.toArray(), Labels.layers(values.layers()), Labels.heads(values.heads()));
  }

  private static String names(List<HeatMap> maps) {
    return maps.stream().map(HeatMap::name).collect(Collectors.joining(", "));
  }

  private static String unit(HeatMap map) {
    return (map.isSigned() ? "signed " : "unsigned ") + map.unit();
  }

  @Override
  public HeatMapFigure titled(String title) {
    return new HeatMapFigure(title, ownTitle, panels, attribution);
  }

  private List<HeatMap> named() {
    return panels.stream().map(Panel::named).toList();
  }

  @Override
  Drawing drawing(double width, Theme theme) {
    return attribution == null
        ? new HeatMapDrawing(named(), width, theme)
        : AttributionDrawing.of(panels.get(0).map(), attribution, width, theme);
  }

  @Override
  void csv(Csv csv) {
    var first = panels.get(0).map();
    csv.line("map", first.rows().title(), first.columns().title(), first.unit());
    for (var panel : panels) {
      var map = panel.map();
      var values = map.values();
      var rows = map.rows().texts();
      var columns = map.columns().texts();
      for (int row = 0; row < values.length; row++) {
        for (int column = 0; column < values[row].length; column++) {
          csv.line(map.name(), rows.get(row), columns.get(column), values[row][column]);
        }
      }
    }
    if (attribution != null) {
      for (var component : attribution.components()) {
        csv.line("not a head", component.name(), "", component.score());
      }
    }
  }

  @Override
  void text(Terminal terminal, StringBuilder out) {
    HeatMapText.write(named(), terminal, out);
    if (attribution != null && !attribution.components().isEmpty()) {
      var lines =
          attribution.components().stream()
              .map(each -> List.of(each.name(), TokensText.number(each.score())))
              .toList();
      var heads = List.of("not a head", panels.get(0).map().unit());
      TextTable.write(heads, lines, terminal.columns(), out.append('\n'));
    }
  }

  @Override
  String ownTitle() {
    return ownTitle;
  }

  @Override
  String subtitle() {
    return panels.stream()
        .map(panel -> panel.map().caption())
        .distinct()
        .collect(Collectors.joining(" "));
  }

  @Override
  FigureData data(String prefix) {
    var first = panels.get(0).map();
    var json = new ScriptJson();
    json.object(
        () -> {
          json.name("heads").bool(panels.stream().allMatch(panel -> panel.map().ofHeads()));
          json.name("unit").text(first.unit());
          json.name("signed").bool(first.isSigned());
          json.name("panels").array(panels, HeatMapFigure::write);
          if (attribution != null) {
            json.name("attribution");
            write(json, attribution);
          }
        });
    return FigureData.of("fresnel-heatmap", prefix, json);
  }

  private static void write(ScriptJson json, Panel panel) {
    json.object(
        () -> {
          json.name("name").text(panel.map().name());
          json.name("values").rows(panel.map().values());
          json.name("rows");
          write(json, panel.map().rows());
          json.name("columns");
          write(json, panel.map().columns());
          json.name("message").text(panel.message());
        });
  }

  private static void write(ScriptJson json, Labels labels) {
    json.object(
        () -> {
          json.name("title").text(labels.title());
          if (labels instanceof Labels.Tokens tokens) {
            json.name("tokens").tokens(tokens.tokens());
          } else if (labels instanceof Labels.Names names) {
            json.name("names").array(names.names(), ScriptJson::text);
          }
        });
  }

  private static void write(ScriptJson json, Attribution attribution) {
    json.object(
        () -> {
          json.name("position").number(attribution.position());
          json.name("token").token(attribution.token());
          json.name("target").token(attribution.target());
          json.name("minus");
          if (attribution.minus() == null) {
            json.text(null);
          } else {
            json.token(attribution.minus());
          }
          json.name("method").text(attribution.method().label());
          json.name("logit").number(attribution.logit());
          json.name("components").array(attribution.components(), HeatMapFigure::write);
        });
  }

  private static void write(ScriptJson json, Attribution.Component component) {
    json.object(
        () -> json.name("name").text(component.name()).name("score").number(component.score()));
  }
}
