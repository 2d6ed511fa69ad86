package dev.fresnel.viz;

import dev.fresnel.analysis.Prediction;
import dev.fresnel.analysis.TextPredictions;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A text whose tokens are coloured by what the model made of them, with what it expected. */
final class PredictionsFigure extends Figure {
  private final TextPredictions predictions;

  PredictionsFigure(@Nullable String title, TextPredictions predictions) {
    super(title);
    this.predictions = predictions;
  }

  /** What a token's own prediction tells, by name. */
  static Map<String, double[]> columns(TextPredictions predictions) {
    var columns = new LinkedHashMap<String, double[]>();
    columns.put("log probability", predictions.byToken(TextPredictions::logProbability));
    columns.put("probability", predictions.byToken(Prediction::probability));
    columns.put("logit", predictions.byToken(Prediction::logit));
    columns.put("loss", predictions.byToken(TextPredictions::loss));
    columns.put("entropy", predictions.entropiesByToken());
    return columns;
  }

  @Override
  public Figure titled(String title) {
    return new PredictionsFigure(title, predictions);
  }

  @Override
  String ownTitle() {
    return "Next-token predictions";
  }

  @Override
  String subtitle() {
    return "Each token is coloured by its log probability before it came. Hover over a token to see"
        + " what the model expected instead, click to keep it in view.";
  }

  @Override
  FigureData data(String prefix) {
    var vocabulary = new LinkedHashMap<Token, Integer>();
    for (var position : predictions.likeliest()) {
      position.forEach(guess -> vocabulary.putIfAbsent(guess.token(), vocabulary.size()));
    }
    var json = new ScriptJson();
    json.object(
        () -> {
          json.name("tokens").line(predictions.tokens());
          json.name("vocabulary").tokens(new ArrayList<>(vocabulary.keySet()));
          json.name("ranks").numbers(predictions.byToken(Prediction::rank));
          json.name("columns")
              .array(
                  columns(predictions).entrySet(),
                  (j, column) ->
                      j.object(
                          () -> {
                            j.name("label").text(column.getKey());
                            j.name("values").numbers(column.getValue());
                          }));
          json.name("predictions")
              .array(predictions.likeliest(), (j, guesses) -> write(j, guesses, vocabulary));
        });
    return FigureData.of("fresnel-predictions", prefix, json);
  }

  private static void write(
      ScriptJson json, List<Prediction> guesses, Map<Token, Integer> vocabulary) {
    json.array(
        () -> {
          for (var guess : guesses) {
            json.number(vocabulary.get(guess.token()).longValue());
            json.number(guess.logit());
            json.number(guess.probability());
          }
        });
  }

  private List<TokensFigure.Column> logProbabilities() {
    var values = predictions.byToken(TextPredictions::logProbability);
    return List.of(new TokensFigure.Column("log probability", values));
  }

  @Override
  Drawing drawing(double width, Theme theme) {
    return new TokensDrawing(predictions.tokens(), logProbabilities(), width, theme);
  }

  @Override
  void csv(Csv csv) {
    csv.line("position", "token", "rank", "next_id", "next", "logit", "probability", "true_next");
    for (int at = 0; at < predictions.tokens().size(); at++) {
      var came = at < predictions.next().size() ? predictions.next().get(at) : null;
      for (var guess : predictions.likeliest().get(at)) {
        boolean own = came != null && came.token().id() == guess.token().id();
        line(csv, at, guess, own);
      }
      if (came != null && came.rank() > predictions.likeliest().get(at).size()) {
        line(csv, at, came, true);
      }
    }
  }

  private void line(Csv csv, int at, Prediction guess, boolean came) {
    csv.line(
        at,
        predictions.tokens().get(at).label(),
        guess.rank(),
        guess.token().id(),
        guess.token().label(),
        guess.logit(),
        guess.probability(),
        came);
  }

  @Override
  void text(Terminal terminal, StringBuilder out) {
    TokensText.write(predictions.tokens(), logProbabilities(), terminal, out);
  }
}
