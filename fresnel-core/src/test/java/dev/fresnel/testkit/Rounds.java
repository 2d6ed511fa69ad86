package dev.fresnel.testkit;

import java.util.Random;

/**
 * How long a random test goes on: a short round in the build, a long one where the property {@code
 * fresnel.rounds} says so. Each round has a seed of its own, by which it can be repeated.
 */
public final class Rounds {
  private static final long SEED = Long.getLong("fresnel.seed", 1);

  private Rounds() {}

  /** The number of rounds. */
  public static int count(int inTheBuild) {
    return Integer.getInteger("fresnel.rounds", inTheBuild);
  }

  /** The random numbers of one round. */
  public static Random random(int round) {
    return new Random(SEED * 1_000_003 + round);
  }
}
