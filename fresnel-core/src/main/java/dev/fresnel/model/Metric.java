package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.util.stream.IntStream;

/**
 * A number that measures a run: sweeps compare it, and gradients are taken of it. Compute it by
 * tensor operations alone, so that it can be differentiated.
 *
 * <pre>{@code
 * int mary = tokenizer.singleToken(" Mary");
 * int john = tokenizer.singleToken(" John");
 * Metric metric = Metric.logitDifference(14, mary, john);
 * double clean = metric.of(run).item();
 * Metric own = run -> run.logits(-1).select(BATCH, 0).select(D_VOCAB, mary);
 * }</pre>
 *
 * <p>The metrics of this interface are means over the texts of a batch.
 */
@FunctionalInterface
public interface Metric {
  /**
   * @param run a run that reached the model's end
   * @return a scalar, which belongs to the caller's scope
   */
  Tensor of(Run run);

  /**
   * The logit of one token minus that of another, in natural log units. It is also the log of the
   * ratio of their probabilities.
   *
   * @param position the position that predicts; negative positions count from the end
   * @param answer the id of the right token
   * @param wrong the id of the other token
   */
  static Metric logitDifference(int position, int answer, int wrong) {
    return run ->
        Scope.result(
            () -> {
              requirePredicted(run, answer);
              requirePredicted(run, wrong);
              Tensor both = run.model().unembed(run.normalized(position), answer, wrong);
              return both.select(D_VOCAB, 0).minus(both.select(D_VOCAB, 1)).mean(BATCH);
            });
  }

  /**
   * The log probability of a token, in nats: at most 0.
   *
   * @param position the position that predicts; negative positions count from the end
   * @param token the token's id
   */
  static Metric logProbability(int position, int token) {
    return run ->
        Scope.result(
            () -> {
              requirePredicted(run, token);
              Tensor byToken = run.logits(position).logSoftmax(D_VOCAB);
              return byToken.select(D_VOCAB, token).mean(BATCH);
            });
  }

  /** The mean loss in nats over all tokens except padding and each text's first. */
  static Metric loss() {
    return run -> {
      var tokens = run.tokens();
      int pairs =
          IntStream.range(0, tokens.batch())
              .map(row -> tokens.length() - tokens.padding(row) - 1)
              .sum();
      if (pairs == 0) {
        throw Losses.nothingComesNext();
      }
      return Scope.result(() -> run.losses().sum(POS).sum(BATCH).dividedBy(pairs));
    };
  }

  private static void requirePredicted(Run run, int id) {
    int count = run.model().config().sizes().vocabularyOut();
    if (id < 0 || id >= count) {
      throw new FresnelException(
          "token %d cannot be predicted: the model predicts ids 0 to %d; choose one of them"
              .formatted(id, count - 1));
    }
  }
}
