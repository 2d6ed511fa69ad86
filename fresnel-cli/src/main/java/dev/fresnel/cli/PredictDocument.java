package dev.fresnel.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.fresnel.analysis.Prediction;
import dev.fresnel.model.Run;
import dev.fresnel.text.SharedCharacter;
import dev.fresnel.text.Token;
import dev.fresnel.viz.Figure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@code predict}.
 *
 * @param loss the mean over all tokens but the first, in nats; NaN for a text of one token, and
 *     where a token is none that the model predicts
 * @param position the position whose next token is predicted
 * @param answer the answer's tokens; null where no answer was given
 */
record PredictDocument(
    String model,
    boolean bos,
    List<Read> tokens,
    double loss,
    int position,
    List<Expected> predictions,
    @Nullable List<Answer> answer)
    implements Document {

  /**
   * A token of the text.
   *
   * @param loss minus the log probability that the model gives it, in nats; null for the first; NaN
   *     where the model does not predict it
   */
  record Read(@JsonUnwrapped Token token, @Nullable Float loss) {}

  /** A token that may come next. */
  record Expected(int rank, @JsonUnwrapped Token token, double logit, double probability) {
    static Expected of(Prediction prediction) {
      return new Expected(
          prediction.rank(), prediction.token(), prediction.logit(), prediction.probability());
    }
  }

  /** A token of the answer, predicted from the text and the answer's tokens before it. */
  record Answer(
      int rank,
      @JsonUnwrapped Token token,
      double logit,
      double probability,
      double logProbability) {
    static Answer of(Prediction prediction) {
      return new Answer(
          prediction.rank(),
          prediction.token(),
          prediction.logit(),
          prediction.probability(),
          Math.log(prediction.probability()));
    }
  }

  static PredictDocument of(
      Run run, int position, List<Prediction> predictions, @Nullable List<Answer> answer) {
    float[] losses = run.lossPerToken()[0];
    var tokens = new ArrayList<Read>();
    double sum = 0;
    for (Token token : run.tokens().row(0)) {
      int before = tokens.size() - 1;
      Float loss = before < 0 ? null : Float.valueOf(losses[before]);
      sum += before < 0 ? 0 : losses[before];
      tokens.add(new Read(token, loss));
    }
    return new PredictDocument(
        run.model().config().name(),
        run.tokens().startsWithBos(),
        tokens,
        sum / losses.length,
        position,
        predictions.stream().map(Expected::of).toList(),
        answer);
  }

  /** The text in colours by its losses; the text below the table says them as numbers. */
  @Override
  public Optional<Figure> wholeFigure() {
    double[] losses =
        tokens.stream().mapToDouble(read -> read.loss == null ? Double.NaN : read.loss).toArray();
    var labels = tokens.stream().map(Read::token).toList();
    return Optional.of(Figure.colouredTokens(labels, losses, "loss"));
  }

  @Override
  public String text() {
    var labels = tokens.stream().map(Read::token).toList();
    var text = new StringBuilder(Headline.of(model, labels, bos));
    text.append(String.format("%n%nafter position %d, ", position))
        .append(Visible.token(labels.get(position)))
        .append("\n  rank     logit  probability  token\n");
    for (Expected expected : predictions) {
      text.append(row(expected.rank, expected.logit, expected.probability, expected.token));
    }
    if (answer != null) {
      text.append("\nthe answer\n  rank     logit  probability  log prob.  token\n");
      for (Answer each : answer) {
        text.append(
            String.format(
                Locale.ROOT,
                "%6d %9.3f %12s %10.3f  %s%n",
                each.rank,
                each.logit,
                percent(each.probability),
                each.logProbability,
                Visible.token(each.token)));
      }
    }
    return text.append(losses()).toString();
  }

  private static String row(int rank, double logit, double probability, Token token) {
    return String.format(
        Locale.ROOT,
        "%6d %9.3f %12s  %s%n",
        rank,
        logit,
        percent(probability),
        Visible.token(token));
  }

  private static String percent(double probability) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * probability);
  }

  private static String nats(double loss) {
    return Double.isNaN(loss) ? "-" : String.format(Locale.ROOT, "%.3f", loss);
  }

  private String losses() {
    if (tokens.size() < 2) {
      return "";
    }
    var ends = new HashMap<Integer, String>();
    for (var shared : SharedCharacter.in(tokens.stream().map(Read::token).toList())) {
      ends.merge(shared.last(), shared.text(), String::concat);
    }
    var text =
        new StringBuilder(
            String.format(Locale.ROOT, "%nloss of each token, mean %s%n", nats(loss)));
    for (int i = 0; i < tokens.size(); i++) {
      Read read = tokens.get(i);
      text.append(
          String.format(
              Locale.ROOT,
              "%6d %9s  %s%s%n",
              i,
              read.loss == null ? "-" : nats(read.loss),
              Visible.token(read.token),
              ends.containsKey(i) ? ", the end of " + Visible.quoted(ends.get(i)) : ""));
    }
    return text.toString();
  }
}
