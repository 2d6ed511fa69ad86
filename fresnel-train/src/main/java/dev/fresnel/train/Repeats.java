package dev.fresnel.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sequences that repeat themselves, from a step on until another of the recipe's entries takes
 * over. In them a model that looks up what came next last time is right. Such a sequence is a row
 * of stretches, each of which comes several times before the next one begins; their lengths are
 * spread evenly by their logarithm: short ones, where the right place is easily found, are as
 * frequent as long ones.
 *
 * @param from the first step, counted from 0 [0]
 * @param share of all sequences, from 0 to 1
 * @param random share of these that are random tokens; the others are text
 * @param shortest the shortest stretch, in tokens
 * @param longest the longest
 * @param times how often a stretch comes [until the sequence is full]
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Repeats(
    @Nullable Integer from,
    double share,
    double random,
    int shortest,
    int longest,
    @Nullable Integer times) {
  static final Repeats NONE = new Repeats(0, 0, 0, 1, 1, null);

  public Repeats {
    from = from == null ? Integer.valueOf(0) : from;
    Hyperparameters.require(from >= 0, "repeats.from", "at least 0", from);
    Hyperparameters.require(share >= 0 && share <= 1, "repeats.share", "from 0 to 1", share);
    Hyperparameters.require(random >= 0 && random <= 1, "repeats.random", "from 0 to 1", random);
    Hyperparameters.require(shortest >= 1, "repeats.shortest", "at least 1", shortest);
    Hyperparameters.require(
        longest >= shortest, "repeats.longest", "at least the shortest", longest);
    Hyperparameters.require(
        times == null || times >= 2, "repeats.times", "at least 2", String.valueOf(times));
  }

  /** Until the sequence is full, whatever the recipe says of others. */
  static Repeats of(double share, double random, int shortest, int longest) {
    return new Repeats(0, share, random, shortest, longest, null);
  }

  /** The entry for a step: the last that has begun. */
  static Repeats at(long step, List<Repeats> entries) {
    Repeats found = NONE;
    for (Repeats entry : entries) {
      found = entry.from <= step ? entry : found;
    }
    return found;
  }
}
