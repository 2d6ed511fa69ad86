package dev.fresnel.viz;

import dev.fresnel.analysis.Attribution;
import dev.fresnel.analysis.HeadScores;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One number a head, layers down, heads across: scores by detector, or an attribution. */
final class HeatmapFigure extends Figure {
  /** One map; the message says why it is empty, where it is. */
  private record Panel(String name, double[][] values, @Nullable String message) {}

  private final String ownTitle;
  private final String subtitle;
  private final String unit;
  private final List<Panel> panels;
  private final @Nullable Attribution attribution;

  private HeatmapFigure(
      @Nullable String title,
      String ownTitle,
      String subtitle,
      String unit,
      List<Panel> panels,
      @Nullable Attribution attribution) {
    super(title);
    this.ownTitle = ownTitle;
    this.subtitle = subtitle;
    this.unit = unit;
    this.panels = panels;
    this.attribution = attribution;
  }

  static HeatmapFigure of(List<HeadScores> scores) {
    if (scores.isEmpty()) {
      throw new IllegalArgumentException("a figure of head scores needs at least one detector");
    }
    var names = scores.stream().map(HeadScores::detector).collect(Collectors.joining(", "));
    return new HeatmapFigure(
        null,
        "Head scores: " + names,
        "Mean attention over the cells where the detector's rule holds, 0 to 1.",
        "score",
        scores.stream().map(HeatmapFigure::panel).toList(),
        null);
  }

  static HeatmapFigure of(Attribution attribution) {
    return new HeatmapFigure(
        null,
        "Logit attribution, position " + attribution.position(),
        "What each head writes towards the logit of the token that really comes next.",
        "logits",
        List.of(new Panel("attribution", copy(attribution.scores()), null)),
        attribution);
  }

  private static Panel panel(HeadScores scores) {
    var message =
        scores.defined()
            ? null
            : "The rule of “"
                + scores.detector()
                + "” holds for no cell of this text: there is nothing to average.";
    return new Panel(scores.detector(), copy(scores.values()), message);
  }

  private static double[][] copy(double[][] values) {
    var rows = new double[values.length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = values[i].clone();
    }
    return rows;
  }

  @Override
  public Figure titled(String title) {
    return new HeatmapFigure(title, ownTitle, subtitle, unit, panels, attribution);
  }

  @Override
  String ownTitle() {
    return ownTitle;
  }

  @Override
  String subtitle() {
    return subtitle;
  }

  @Override
  FigureData data(String prefix, Tier tier) {
    var json = new Json();
    json.object(
        () -> {
          json.name("kind").text(attribution == null ? "scores" : "attribution");
          json.name("unit").text(unit);
          json.name("panels").array(panels, HeatmapFigure::write);
          if (attribution != null) {
            json.name("attribution");
            write(json, attribution);
          }
        });
    return FigureData.of("fresnel-heatmap", prefix, json);
  }

  private static void write(Json json, Panel panel) {
    json.object(
        () ->
            json.name("name")
                .text(panel.name())
                .name("values")
                .rows(panel.values())
                .name("message")
                .text(panel.message()));
  }

  private static void write(Json json, Attribution attribution) {
    json.object(
        () -> {
          json.name("position").number(attribution.position());
          json.name("token").token(attribution.token());
          json.name("next").token(attribution.nextToken());
          json.name("method").text(attribution.method().label());
          json.name("logit").number(attribution.logit());
          json.name("components")
              .array(
                  attribution.components(),
                  (j, part) ->
                      j.object(
                          () ->
                              j.name("name").text(part.name()).name("score").number(part.score())));
        });
  }
}
