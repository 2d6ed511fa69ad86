package dev.fresnel.train;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.fresnel.error.FresnelException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys under {@code training} in a recipe, with the values of those that are left out. */
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.NON_PRIVATE)
@JsonInclude(JsonInclude.Include.NON_NULL)
final class HyperparameterValues {
  long seed;
  int steps;
  int batch;
  int length;
  @Nullable Integer shorter;
  double rate;
  int warmup;
  double lastRate;
  double firstBeta = 0.9;
  double secondBeta = 0.999;
  double epsilon = 1e-8;
  double weightDecay = 0.01;
  double clip = 1;
  double bos = 0.5;
  List<Repeats> repeats = List.of();
  int every = 100;

  HyperparameterValues copy() {
    var copy = new HyperparameterValues();
    copy.seed = seed;
    copy.steps = steps;
    copy.batch = batch;
    copy.length = length;
    copy.shorter = shorter;
    copy.rate = rate;
    copy.warmup = warmup;
    copy.lastRate = lastRate;
    copy.firstBeta = firstBeta;
    copy.secondBeta = secondBeta;
    copy.epsilon = epsilon;
    copy.weightDecay = weightDecay;
    copy.clip = clip;
    copy.bos = bos;
    copy.repeats = List.copyOf(repeats);
    copy.every = every;
    return copy;
  }

  /** All values, for comparing and showing them. */
  List<Object> all() {
    return Arrays.asList(
        seed,
        steps,
        batch,
        length,
        shorter,
        rate,
        warmup,
        lastRate,
        firstBeta,
        secondBeta,
        epsilon,
        weightDecay,
        clip,
        bos,
        repeats,
        every);
  }

  void require() {
    require(steps >= 1, "steps", "at least 1", steps);
    require(batch >= 1, "batch", "at least 1", batch);
    require(length >= 6, "length", "at least 6", length);
    require(
        shorter == null || (shorter >= 4 && length % shorter == 0),
        "shorter",
        "at least 4 and divide the length, " + length,
        String.valueOf(shorter));
    require(rate > 0, "rate", "above 0", rate);
    require(warmup >= 0, "warmup", "at least 0", warmup);
    require(lastRate >= 0 && lastRate <= rate, "last_rate", "from 0 to the rate", lastRate);
    require(isShare(firstBeta), "first_beta", "from 0 to below 1", firstBeta);
    require(isShare(secondBeta), "second_beta", "from 0 to below 1", secondBeta);
    require(epsilon > 0, "epsilon", "above 0", epsilon);
    require(weightDecay >= 0, "weight_decay", "at least 0", weightDecay);
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

  private static boolean isShare(double beta) {
    return beta >= 0 && beta < 1;
  }

  static void require(boolean holds, String key, String expected, Object actual) {
    if (!holds) {
      throw new FresnelException("\"" + key + "\" must be " + expected + ", is " + actual);
    }
  }
}
