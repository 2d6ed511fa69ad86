package dev.fresnel.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.grad.AdamW;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a model is trained. The values in brackets are the defaults of keys that a recipe leaves out.
 *
 * @param seed of the weights, the batches and the order of the text [0]
 * @param steps the number of batches
 * @param batch sequences per batch
 * @param length tokens per sequence
 * @param shorter tokens per sequence in every second batch, which then has more sequences and the
 *     same number of tokens; divides the length [none]
 * @param rate the learning rate after the warm-up
 * @param warmup the number of steps in which the rate grows from 0 [0]
 * @param lastRate the rate of the last step, to which the rate falls along half a cosine [0]
 * @param firstBeta AdamW's [0.9]
 * @param secondBeta AdamW's [0.999]
 * @param epsilon AdamW's [1e-8]
 * @param weightDecay AdamW's [0.01]
 * @param clip the greatest norm of all gradients together; longer ones are scaled down to it [1]
 * @param bos the share of sequences that begin with the BOS token [0.5]
 * @param repeats sequences that repeat themselves, in the order of their first steps [none]
 * @param every the number of steps between two measurements, each with a checkpoint [100]
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Hyperparameters(
    long seed,
    int steps,
    int batch,
    int length,
    @Nullable Integer shorter,
    double rate,
    int warmup,
    double lastRate,
    @Nullable Double firstBeta,
    @Nullable Double secondBeta,
    @Nullable Double epsilon,
    @Nullable Double weightDecay,
    @Nullable Double clip,
    @Nullable Double bos,
    @Nullable List<Repeats> repeats,
    @Nullable Integer every) {

  public Hyperparameters {
    firstBeta = firstBeta == null ? Double.valueOf(0.9) : firstBeta;
    secondBeta = secondBeta == null ? Double.valueOf(0.999) : secondBeta;
    epsilon = epsilon == null ? Double.valueOf(1e-8) : epsilon;
    weightDecay = weightDecay == null ? Double.valueOf(0.01) : weightDecay;
    clip = clip == null ? Double.valueOf(1) : clip;
    bos = bos == null ? Double.valueOf(0.5) : bos;
    every = every == null ? Integer.valueOf(100) : every;
    repeats = repeats == null ? List.of() : List.copyOf(repeats);
    require(steps >= 1, "steps", "at least 1", steps);
    require(batch >= 1, "batch", "at least 1", batch);
    require(length >= 4, "length", "at least 4", length);
    require(
        shorter == null || (shorter >= 4 && length % shorter == 0),
        "shorter",
        "at least 4 and divide the length, " + length,
        String.valueOf(shorter));
    require(rate > 0, "rate", "above 0", rate);
    require(warmup >= 0, "warmup", "at least 0", warmup);
    require(lastRate >= 0 && lastRate <= rate, "last_rate", "from 0 to the rate", lastRate);
    require(clip > 0, "clip", "above 0", clip);
    require(bos >= 0 && bos <= 1, "bos", "from 0 to 1", bos);
    require(every >= 1, "every", "at least 1", every);
    int since = 0;
    for (Repeats entry : repeats) {
      require(
          2 * entry.longest() + 1 <= length,
          "repeats.longest",
          "at most " + (length - 1) / 2 + ", so that it fits twice",
          entry.longest());
      require(
          entry.from() >= since, "repeats.from", "at least that of the entry before", entry.from());
      since = entry.from();
    }
  }

  static void require(boolean holds, String key, String expected, Object actual) {
    if (!holds) {
      throw new FresnelException("\"" + key + "\" must be " + expected + ", is " + actual);
    }
  }

  /** The number of tokens per sequence in a step's batch; steps count from 0. */
  int length(long step) {
    return shorter != null && step % 2 == 1 ? shorter : length;
  }

  AdamW.Settings optimizer() {
    return new AdamW.Settings(firstBeta, secondBeta, epsilon, weightDecay);
  }

  /** The learning rate of a step; steps count from 0. */
  public double rate(long step) {
    if (step < warmup) {
      return rate * (step + 1) / warmup;
    }
    double part = Math.min(1, (step - warmup) / (double) Math.max(1, steps - warmup));
    return lastRate + (rate - lastRate) * 0.5 * (1 + Math.cos(Math.PI * part));
  }
}
