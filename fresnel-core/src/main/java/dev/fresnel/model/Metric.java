package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.util.stream.IntStream;

/**
 * One number that says how well a run did: what a sweep compares, and what gradients are taken of.
 * It is made by tensor operations alone, so that it can be derived.
 *
 * <pre>{@code
 * int mary = tokenizer.singleToken(" Mary");
 * int john = tokenizer.singleToken(" John");
 * Metric metric = Metric.logitDifference(14, mary, john);
 * double clean = metric.of(run).item();
 * Metric own = run -> run.logits(-1).select(BATCH, 0).select(D_VOCAB, mary);
 * }</pre>
 *
 * <p>Those made here are means over the texts of a batch.
 */
@FunctionalInterface
public interface Metric {
  /**
   * @param run one that reached the model's end
   * @return a scalar, loose: it belongs to the caller's scope
   */
  Tensor of(Run run);

  /**
   * How much higher the logit of one token is than that of another, in natural log units: also the
   * logarithm of the ratio of their probabilities.
   *
   * @param position the position that predicts; negative positions count from the end
   * @param answer the id of the right token
   * @param wrong the id of the other
   */
  static Metric logitDifference(int position, int answer, int wrong) {
    return run ->
        Scope.result(
            () -> {
              Tensor logits = run.logits(position);
              return chosen(logits, answer).minus(chosen(logits, wrong)).mean(BATCH);
            });
  }

  /**
   * The log probability of a token, in nats: at most 0.
   *
   * @param position the position that predicts; negative positions count from the end
   * @param token its id
   */
  static Metric logProbability(int position, int token) {
    return run ->
        Scope.result(() -> chosen(run.logits(position).logSoftmax(D_VOCAB), token).mean(BATCH));
  }

  /** The mean loss of all tokens but each text's first, padding left out, in nats. */
  static Metric loss() {
    return run -> {
      var tokens = run.tokens();
      int pairs =
          IntStream.range(0, tokens.batch())
              .map(row -> tokens.length() - tokens.padding(row) - 1)
              .sum();
      if (pairs == 0) {
        throw Run.nothingComesNext();
      }
      return Scope.result(() -> run.losses().sum(POS).sum(BATCH).dividedBy(pairs));
    };
  }

  private static Tensor chosen(Tensor byToken, int id) {
    long count = byToken.size(D_VOCAB);
    if (id < 0 || id >= count) {
      throw new FresnelException(
          "token %d cannot be predicted: ids are 0 to %d".formatted(id, count - 1));
    }
    return byToken.select(D_VOCAB, id);
  }
}
