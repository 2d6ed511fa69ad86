package dev.fresnel.generate;

import dev.fresnel.error.FresnelException;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * How the next token is chosen from the logits. The steps and their order are those of
 * TransformerLens's {@code sample_logits}: the repetition penalty, the division by the temperature,
 * the frequency penalty, then either top-k or top-p. A draw follows; a greedy choice is made behind
 * the repetition penalty.
 *
 * <pre>{@code
 * Sampling.greedy();
 * Sampling.random().withTemperature(0.7).withTopK(40);
 * }</pre>
 *
 * @param temperature divides the logits, from 0 on; 0 chooses the likeliest token
 * @param topK the number of likeliest tokens to draw from; 0 for all. Tokens that tie with the last
 *     of them stay
 * @param topP draws from the fewest likeliest tokens whose probabilities add up to more than this;
 *     above 0, and 1 for all tokens
 * @param repetitionPenalty positive logits of tokens that the text has are divided by it, negative
 *     ones multiplied; 1 for no penalty. Keskar et al. 2019. It depends on where the logits' zero
 *     is, which a centred unembedding moves: a model that was loaded without processing is
 *     continued as in Hugging Face's library
 * @param frequencyPenalty what each occurrence in the text takes off a token's logit, from 0 on
 */
public record Sampling(
    double temperature, int topK, double topP, double repetitionPenalty, double frequencyPenalty) {
  /**
   * @throws FresnelException if a number is outside its range, or both top-k and top-p are given
   */
  public Sampling {
    require(
        temperature >= 0 && temperature < Double.POSITIVE_INFINITY,
        "temperature",
        "0 on",
        temperature);
    require(topK >= 0, "top-k", "1 on", topK);
    require(topP > 0 && topP <= 1, "top-p", "above 0 to 1", topP);
    require(
        repetitionPenalty > 0 && repetitionPenalty < Double.POSITIVE_INFINITY,
        "repetition penalty",
        "above 0 on",
        repetitionPenalty);
    require(
        frequencyPenalty >= 0 && frequencyPenalty < Double.POSITIVE_INFINITY,
        "frequency penalty",
        "0 on",
        frequencyPenalty);
    if (topK > 0 && topP < 1) {
      throw new FresnelException("top-k and top-p exclude each other; give one of them");
    }
  }

  private static void require(boolean holds, String what, String range, Number actual) {
    if (!holds) {
      throw new FresnelException("a %s is a number from %s; got %s".formatted(what, range, actual));
    }
  }

  /** The likeliest token; the first of several with the same logit. */
  public static Sampling greedy() {
    return random().withTemperature(0);
  }

  /** A draw from the model's own probabilities. */
  public static Sampling random() {
    return new Sampling(1, 0, 1, 1, 0);
  }

  /**
   * The same with another divisor of the logits, from 0 on; 0 chooses the likeliest token.
   *
   * @throws FresnelException if the number is outside its range
   */
  public Sampling withTemperature(double value) {
    return new Sampling(value, topK, topP, repetitionPenalty, frequencyPenalty);
  }

  /**
   * The same with a draw from this many likeliest tokens; 0 for all.
   *
   * @throws FresnelException if the number is outside its range, or top-k and top-p are both given
   */
  public Sampling withTopK(int value) {
    return new Sampling(temperature, value, topP, repetitionPenalty, frequencyPenalty);
  }

  /**
   * The same with a draw from the fewest likeliest tokens whose probabilities add up to more than
   * this, above 0 to 1.
   *
   * @throws FresnelException if the number is outside its range, or top-k and top-p are both given
   */
  public Sampling withTopP(double value) {
    return new Sampling(temperature, topK, value, repetitionPenalty, frequencyPenalty);
  }

  /**
   * The same with another penalty of tokens that the text has, above 0; 1 for none.
   *
   * @throws FresnelException if the number is outside its range
   */
  public Sampling withRepetitionPenalty(double value) {
    return new Sampling(temperature, topK, topP, value, frequencyPenalty);
  }

  /**
   * The same with another penalty of each occurrence in the text, from 0 on.
   *
   * @throws FresnelException if the number is outside its range
   */
  public Sampling withFrequencyPenalty(double value) {
    return new Sampling(temperature, topK, topP, repetitionPenalty, value);
  }

  /** Whether no draw is made. */
  public boolean isGreedy() {
    return temperature == 0;
  }

  /**
   * The logits that the choice is made from: minus infinity for tokens that cannot be chosen.
   *
   * @param logits by token id, in natural log units; not changed
   * @param text the ids of the text so far, the prompt's among them, which the penalties count
   */
  public float[] applied(float[] logits, int[] text) {
    float[] result = logits.clone();
    penalizeRepetition(result, text);
    if (isGreedy()) {
      return result;
    }
    divide(result);
    if (frequencyPenalty > 0) {
      for (int id : text) {
        if (id < result.length) {
          result[id] -= (float) frequencyPenalty;
        }
      }
    }
    if (topK > 0 && topK < result.length) {
      float[] sorted = sorted(result);
      removeBelow(result, sorted[sorted.length - topK]);
    } else if (topP < 1) {
      keepLikeliest(result);
    }
    return result;
  }

  /** Where a tiny temperature would make the quotients infinite, the likeliest token's is 0. */
  private void divide(float[] logits) {
    double most = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      most = Math.max(most, logit);
    }
    boolean infinite = Double.isFinite(most) && Math.abs(most) / temperature > Float.MAX_VALUE;
    double zero = infinite ? most : 0;
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) ((logits[i] - zero) / temperature);
    }
  }

  private void penalizeRepetition(float[] logits, int[] text) {
    if (repetitionPenalty == 1) {
      return;
    }
    for (int id : Arrays.stream(text).distinct().toArray()) {
      if (id < logits.length) {
        double logit = logits[id];
        logits[id] = (float) (logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty);
      }
    }
  }

  private static float[] sorted(float[] logits) {
    float[] sorted = logits.clone();
    Arrays.sort(sorted);
    return sorted;
  }

  private static void removeBelow(float[] logits, float least) {
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] < least) {
        logits[i] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  /** Keeps the likeliest tokens up to the one whose probability takes the sum beyond top-p. */
  private void keepLikeliest(float[] logits) {
    float[] sorted = sorted(logits);
    float max = sorted[sorted.length - 1];
    double total = 0;
    for (float logit : sorted) {
      total += Math.exp(logit - max);
    }
    int kept = 0;
    for (double sum = 0; kept < sorted.length && sum <= topP * total; kept++) {
      sum += Math.exp(sorted[sorted.length - 1 - kept] - max);
    }
    float least = sorted[sorted.length - kept];
    removeBelow(logits, least);
    int above = 0;
    for (float logit : logits) {
      above += logit > least ? 1 : 0;
    }
    int ties = kept - above;
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] == least && ties-- <= 0) {
        logits[i] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  /**
   * Chooses a token.
   *
   * @param logits by token id, in natural log units
   * @param text the ids of the text so far, the prompt's among them
   * @param random used for one draw, and not if the choice is greedy
   * @return the token's id
   * @throws FresnelException if a logit is NaN, or none is finite
   */
  public int choose(float[] logits, int[] text, RandomGenerator random) {
    float[] applied = applied(logits, text);
    int likeliest = likeliest(applied);
    if (isGreedy()) {
      return likeliest;
    }
    double[] sums = new double[applied.length];
    double sum = 0;
    for (int i = 0; i < applied.length; i++) {
      sum += Math.exp(applied[i] - applied[likeliest]);
      sums[i] = sum;
    }
    double drawn = random.nextDouble() * sum;
    for (int i = 0; i < sums.length; i++) {
      if (sums[i] > drawn) {
        return i;
      }
    }
    return likeliest;
  }

  private static int likeliest(float[] logits) {
    int best = 0;
    for (int i = 0; i < logits.length; i++) {
      if (Float.isNaN(logits[i])) {
        throw new FresnelException(
            "the logit of token %d is NaN, so no token can be chosen; look at the model's weights, or at the plan's edits"
                .formatted(i));
      }
      best = logits[i] > logits[best] ? i : best;
    }
    if (Float.isInfinite(logits[best])) {
      throw new FresnelException(
          "no logit is finite, so no token can be chosen; look at the model's weights, or at the"
              + " plan's edits");
    }
    return best;
  }
}
