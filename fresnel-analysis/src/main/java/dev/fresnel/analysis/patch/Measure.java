package dev.fresnel.analysis.patch;

import static dev.fresnel.hook.Dims.D_VOCAB;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Metric;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Tensor;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * What a sweep measures of every run. The given measures read the logits of the last position, and
 * of only the tokens that they need.
 *
 * <pre>{@code
 * Measure.logitDifference();
 * Measure.ofLogits("greatest", (logits, pair) -> logits.max(D_VOCAB));   // [batch, d_vocab] to [batch]
 * Measure.of("third token", pair -> Metric.logProbability(2, pair.answer()));
 * }</pre>
 */
public interface Measure {
  /** Reads the runs of one pair. */
  @FunctionalInterface
  interface Reading {
    /**
     * One number for each text of a run.
     *
     * @param run a run of texts from {@code start} on, which reached the model's end
     * @param start the first position that it computed; those before are the base run's
     */
    double[] of(Run run, int start);
  }

  /** A number for each text, from the logits of its last position. */
  @FunctionalInterface
  interface OfLogits {
    /**
     * @param logits [batch, d_vocab]
     * @return [batch]
     */
    Tensor of(Tensor logits, PromptPair pair);
  }

  /** What a measure reads of a run: the less, the less a sweep computes. */
  enum Reads {
    /** The last position: its logits, or its output of the final norm. */
    LAST_POSITION,
    /** Any position that a run computes. */
    LATER_POSITIONS,
    /** The logits of all tokens at any position that a run computes. */
    ALL_LOGITS,
    /** Every position of the text, so that a sweep cannot take any from the base run. */
    WHOLE_TEXT
  }

  /** What it is called: {@code logit-diff}. */
  String name();

  /**
   * Prepares for the runs of one pair.
   *
   * @param clean the run of the pair's clean text
   * @param base the run that the sweep changes
   */
  Reading reading(Run clean, Run base, PromptPair pair);

  /**
   * The same measure of a whole run of one text, of which gradients are taken.
   *
   * @param clean the run of the pair's clean text
   */
  Metric metric(Run clean, PromptPair pair);

  /** What a reading reads of the runs that a sweep computes. */
  default Reads reads() {
    return Reads.LATER_POSITIONS;
  }

  /** The logit of the answer minus that of the wrong token, at the last position. */
  static Measure logitDifference() {
    return named(
        "logit-diff",
        (clean, base, pair) -> {
          int answer = required(pair.answer(), "an answer", base);
          int wrong = required(pair.wrong(), "a wrong token", base);
          return (run, start) ->
              Readings.last(
                  run,
                  vectors -> {
                    Tensor logits = run.model().unembed(vectors, answer, wrong);
                    return logits.select(D_VOCAB, 0).minus(logits.select(D_VOCAB, 1));
                  });
        },
        (clean, pair) ->
            Metric.logitDifference(
                -1,
                required(pair.answer(), "an answer", clean),
                required(pair.wrong(), "a wrong token", clean)));
  }

  /** The log probability of the answer at the last position, in nats. */
  static Measure logProbability() {
    return named(
        "log-prob",
        (clean, base, pair) -> {
          int answer = required(pair.answer(), "an answer", base);
          return (run, start) ->
              Readings.last(
                  run,
                  vectors ->
                      run.model().unembed(vectors).logSoftmax(D_VOCAB).select(D_VOCAB, answer));
        },
        (clean, pair) -> Metric.logProbability(-1, required(pair.answer(), "an answer", clean)));
  }

  /**
   * The Kullback-Leibler divergence of the run's next-token distribution at the last position from
   * the clean run's, KL(clean || run), in nats: 0 for the clean run, whichever run the sweep
   * changes.
   */
  static Measure klDivergence() {
    return named(
        "kl",
        (clean, base, pair) -> {
          var expected = Readings.logProbabilities(clean);
          return (run, start) ->
              Readings.last(run, vectors -> expected.divergence(run.model().unembed(vectors)));
        },
        (clean, pair) -> {
          var expected = Readings.logProbabilities(clean);
          return Readings.mean(run -> expected.divergence(run.logits(-1)));
        });
  }

  /** The mean loss over all tokens but the first, in nats. */
  static Measure loss() {
    return new Readings.Loss();
  }

  /** A measure of one's own that reads the last position's logits, of many texts at once. */
  static Measure ofLogits(String name, OfLogits measure) {
    return named(
        name,
        (clean, base, pair) ->
            (run, start) ->
                Readings.last(run, vectors -> measure.of(run.model().unembed(vectors), pair)),
        (clean, pair) -> Readings.mean(run -> measure.of(run.logits(-1), pair)));
  }

  /**
   * Any metric, of one run at a time. Each run then computes all positions, so that a sweep takes
   * about twice as long; {@link #ofLogits} is faster where the last position's logits suffice.
   */
  static Measure of(String name, Function<PromptPair, Metric> metric) {
    return new Readings.Own(name, metric);
  }

  private static Measure named(
      String name, Readings.Prepared prepared, BiFunction<Run, PromptPair, Metric> metric) {
    return new Readings.Named(name, prepared, metric);
  }

  private static int required(int token, String what, Run run) {
    int count = run.model().config().sizes().vocabularyOut();
    if (token < 0 || token >= count) {
      throw new FresnelException(
          token == PromptPair.NONE
              ? "this measure compares with " + what + ", and the pair has none; give one"
              : "token %d cannot be predicted: ids are 0 to %d".formatted(token, count - 1));
    }
    return token;
  }
}
