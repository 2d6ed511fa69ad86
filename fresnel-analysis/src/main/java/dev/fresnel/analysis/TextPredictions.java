package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a model expected at every position of a text, and what it made of the token that came.
 *
 * <pre>{@code
 * var predictions = TextPredictions.of(run, 0, 10);
 * predictions.next().get(4).rank();                    // how token 5 ranked before it came
 * predictions.byToken(TextPredictions::loss);          // one number per token; NaN for the first
 * Figure.predictions(predictions);
 * }</pre>
 *
 * @param tokens the text, one token per position, padding left out
 * @param next [position]: the token that really comes next; one fewer than there are tokens
 * @param likeliest [position][rank]: the likeliest next tokens, the likeliest first
 * @param entropies [position], of the prediction, in nats: 0 where one token is certain; copied in
 *     and out
 */
public record TextPredictions(
    List<Token> tokens,
    List<Prediction> next,
    List<List<Prediction>> likeliest,
    double[] entropies) {
  /**
   * @throws FresnelException if the lengths do not fit each other
   */
  public TextPredictions {
    tokens = List.copyOf(tokens);
    next = List.copyOf(next);
    likeliest = likeliest.stream().map(List::copyOf).toList();
    entropies = entropies.clone();
    int size = tokens.size();
    if (next.size() != Math.max(0, size - 1)
        || likeliest.size() != size
        || entropies.length != size) {
      throw new FresnelException(
          "predictions of %d tokens need %d next tokens and %d positions; got %d, and %d and %d"
              .formatted(
                  size,
                  Math.max(0, size - 1),
                  size,
                  next.size(),
                  likeliest.size(),
                  entropies.length));
    }
  }

  /**
   * Reads the predictions at every position of a text.
   *
   * @param text counted from 0
   * @param count how many of the likeliest tokens a position keeps
   * @throws FresnelException if there is no such text, or the run did not reach the end
   */
  public static TextPredictions of(Run run, int text, int count) {
    Texts.require(run, text);
    var cells = new Cells(run, text, run.tokens().padding(text), run.tokens().length());
    var tokens = cells.tokens();
    var next = new ArrayList<Prediction>();
    var likeliest = new ArrayList<List<Prediction>>();
    double[] entropies = new double[tokens.size()];
    for (Cells part : LogitLens.parts(cells)) {
      try (var scope = Scope.open()) {
        Tensor logits = LogitLens.logits(part, run.residual());
        likeliest.addAll(NextTokens.topRows(run.model(), logits, count));
        int vocabulary = (int) logits.size(D_VOCAB);
        float[] all = logits.order(POS, D_VOCAB).floats();
        for (int i = 0; i < part.count(); i++) {
          int position = part.from() - cells.from() + i;
          var row = new Row(all, i * vocabulary, vocabulary);
          entropies[position] = row.entropy();
          if (position + 1 < tokens.size()) {
            next.add(row.prediction(tokens.get(position + 1)));
          }
        }
      }
    }
    return new TextPredictions(tokens, next, likeliest, entropies);
  }

  /** The logits of one position. */
  private static final class Row {
    private final float[] all;
    private final int from;
    private final int length;
    private final double logSum;
    private final double entropy;

    Row(float[] all, int from, int length) {
      this.all = all;
      this.from = from;
      this.length = length;
      double most = Double.NEGATIVE_INFINITY;
      for (int i = from; i < from + length; i++) {
        most = Math.max(most, all[i]);
      }
      double sum = 0;
      double weighted = 0;
      for (int i = from; i < from + length; i++) {
        double weight = Math.exp(all[i] - most);
        sum += weight;
        weighted += weight == 0 ? 0 : weight * (all[i] - most);
      }
      logSum = most + Math.log(sum);
      entropy = Math.log(sum) - weighted / sum;
    }

    double entropy() {
      return entropy < 0 ? 0 : entropy;
    }

    /** A token that the model does not predict has no logit: NaN. */
    Prediction prediction(Token token) {
      if (token.id() < 0 || token.id() >= length) {
        return new Prediction(0, token, Double.NaN, Double.NaN);
      }
      float own = all[from + token.id()];
      int rank = 1;
      for (int i = from; i < from + length; i++) {
        rank += all[i] > own ? 1 : 0;
      }
      return new Prediction(rank, token, own, Math.exp(own - logSum));
    }
  }

  /** The natural logarithm of a prediction's probability, in nats; 0 or less. */
  public static double logProbability(Prediction prediction) {
    return Math.log(prediction.probability());
  }

  /** Minus the log probability, in nats. */
  public static double loss(Prediction prediction) {
    return 0 - logProbability(prediction);
  }

  /** A number of each token's own prediction; the first token, which none precedes, has NaN. */
  public double[] byToken(ToDoubleFunction<Prediction> number) {
    double[] numbers = new double[tokens.size()];
    Arrays.fill(numbers, Double.NaN);
    for (int at = 1; at < numbers.length; at++) {
      numbers[at] = number.applyAsDouble(next.get(at - 1));
    }
    return numbers;
  }

  /** The entropy of the prediction before each token, in nats; NaN for the first token. */
  public double[] entropiesByToken() {
    double[] numbers = new double[tokens.size()];
    for (int at = 0; at < numbers.length; at++) {
      numbers[at] = at == 0 ? Double.NaN : entropies[at - 1];
    }
    return numbers;
  }

  @Override
  public double[] entropies() {
    return entropies.clone();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TextPredictions that
        && tokens.equals(that.tokens)
        && next.equals(that.next)
        && likeliest.equals(that.likeliest)
        && Arrays.equals(entropies, that.entropies);
  }

  @Override
  public int hashCode() {
    return Objects.hash(tokens, next, Arrays.hashCode(entropies));
  }

  @Override
  public String toString() {
    return "TextPredictions[%d tokens]".formatted(tokens.size());
  }
}
