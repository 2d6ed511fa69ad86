package dev.fresnel.cli;

import dev.fresnel.analysis.FollowedLens;
import dev.fresnel.analysis.Prediction;
import dev.fresnel.text.Token;
import dev.fresnel.viz.Figure;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * The result of {@code lens}.
 *
 * @param position the position that the text shows
 * @param lens which follows one token
 */
record LensDocument(String model, boolean bos, int position, FollowedLens lens)
    implements Document {
  /** The fields of the JSON document. */
  private record Fields(
      String model,
      boolean bos,
      int position,
      List<Token> tokens,
      List<String> stages,
      double[][] entropies,
      double[][] divergences,
      List<List<List<PredictDocument.Expected>>> predictions,
      Followed followed) {}

  /** One token through the stages: [stage][position]. */
  private record Followed(
      Token token, int[][] ranks, double[][] logits, double[][] probabilities) {}

  @Override
  public Object json() {
    var ranks =
        lens.named().stream()
            .map(stage -> stage.stream().mapToInt(cell -> cell.get(0).rank()).toArray())
            .toArray(int[][]::new);
    return new Fields(
        model,
        bos,
        position,
        lens.lens().tokens(),
        lens.lens().stages(),
        lens.trajectory().entropies(),
        lens.trajectory().divergences(),
        lens.lens().predictions().stream().map(LensDocument::expected).toList(),
        new Followed(
            followed(), ranks, numbers(Prediction::logit), numbers(Prediction::probability)));
  }

  private static List<List<PredictDocument.Expected>> expected(List<List<Prediction>> stage) {
    return stage.stream()
        .map(cell -> cell.stream().map(PredictDocument.Expected::of).toList())
        .toList();
  }

  private double[][] numbers(ToDoubleFunction<Prediction> number) {
    return lens.named().stream()
        .map(
            stage ->
                stage.stream().mapToDouble(cell -> number.applyAsDouble(cell.get(0))).toArray())
        .toArray(double[][]::new);
  }

  private Token followed() {
    return lens.named().get(0).get(0).get(0).token();
  }

  /** Wider than most terminals. */
  @Override
  public Optional<Figure> wholeFigure() {
    return Optional.of(Figure.lens(lens.lens(), lens.trajectory()));
  }

  @Override
  public String text() {
    var text =
        new StringBuilder(
            "%s, position %d, %s: what comes next if the model stops early%nfollowed: %s%n%n"
                .formatted(
                    Visible.message(model),
                    position,
                    Visible.token(lens.lens().tokens().get(position)),
                    Visible.token(followed())));
    text.append("  stage       entropy      KL  followed: rank  probability  likeliest\n");
    for (int stage = 0; stage < lens.named().size(); stage++) {
      var own = lens.named().get(stage).get(position).get(0);
      var first = lens.lens().predictions().get(stage).get(position).get(0);
      text.append(
          String.format(
              Locale.ROOT,
              "  %-10s %8.3f %7.3f %15d %10.2f %% %7.2f %%  %s%n",
              lens.lens().stages().get(stage),
              lens.trajectory().entropies()[stage][position],
              lens.trajectory().divergences()[stage][position],
              own.rank(),
              100 * own.probability(),
              100 * first.probability(),
              Visible.token(first.token())));
    }
    return text.toString();
  }
}
