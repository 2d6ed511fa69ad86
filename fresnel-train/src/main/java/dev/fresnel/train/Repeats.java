package dev.fresnel.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sequences that repeat themselves, in which a model can predict a token by looking up what
 * followed it before. Such a sequence is a row of stretches, each of which comes several times
 * before the next one begins. The logarithms of their lengths are spread evenly, so that short
 * stretches, in which the right place is easily found, are as frequent as long ones. An entry of a
 * recipe holds from its first step until that of the next entry.
 *
 * @param from the first step; steps count from 0 [0]
 * @param share the share of all sequences, from 0 to 1
 * @param random the share of these that are random tokens; the others are text
 * @param shortest the length of the shortest stretch, in tokens
 * @param longest the length of the longest stretch, in tokens
 * @param times how many times a stretch comes [until the sequence is full]
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
    HyperparameterValues.require(from >= 0, "repeats.from", "at least 0", from);
    HyperparameterValues.require(share >= 0 && share <= 1, "repeats.share", "from 0 to 1", share);
    HyperparameterValues.require(
        random >= 0 && random <= 1, "repeats.random", "from 0 to 1", random);
    HyperparameterValues.require(shortest >= 1, "repeats.shortest", "at least 1", shortest);
    HyperparameterValues.require(
        longest >= shortest, "repeats.longest", "at least the shortest", longest);
    HyperparameterValues.require(
        times == null || times >= 2, "repeats.times", "at least 2", String.valueOf(times));
  }

  /**
   * From the first step on, each sequence one stretch that repeats until it is full.
   *
   * @throws dev.fresnel.error.FresnelException if a number is out of its range
   */
  public static Repeats of(double share, double random, int shortest, int longest) {
    return new Repeats(0, share, random, shortest, longest, null);
  }

  /** The same from a later step on. */
  public Repeats startingAt(int step) {
    return new Repeats(step, share, random, shortest, longest, times);
  }

  /** The same with stretches that come so many times each, one stretch after the other. */
  public Repeats withTimes(int count) {
    return new Repeats(from, share, random, shortest, longest, count);
  }

  /** The entry that holds at a step: the last whose first step is not later. */
  static Repeats at(long step, List<Repeats> entries) {
    Repeats found = NONE;
    for (Repeats entry : entries) {
      found = entry.from <= step ? entry : found;
    }
    return found;
  }
}
