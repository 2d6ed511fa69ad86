package dev.fresnel.train;

/**
 * Sequences that are one stretch of tokens again and again. In them a model that looks up what came
 * next last time is right. The stretches' lengths are spread evenly by their logarithm: short ones,
 * where the right place is easily found, are as frequent as long ones.
 *
 * @param share of all sequences, from 0 to 1
 * @param random share of these whose stretch is random tokens; the others repeat text
 * @param shortest the shortest stretch, in tokens
 * @param longest the longest
 * @param laterFrom the step from which {@code laterShare} holds; 0 for never
 * @param laterShare the share of all sequences from then on
 */
public record Repeats(
    double share, double random, int shortest, int longest, int laterFrom, double laterShare) {
  static final Repeats NONE = new Repeats(0, 0, 1, 1, 0, 0);

  public Repeats {
    Training.require(share >= 0 && share <= 1, "repeats.share", "from 0 to 1", share);
    Training.require(random >= 0 && random <= 1, "repeats.random", "from 0 to 1", random);
    Training.require(
        laterShare >= 0 && laterShare <= 1, "repeats.later_share", "from 0 to 1", laterShare);
    Training.require(shortest >= 1, "repeats.shortest", "at least 1", shortest);
    Training.require(longest >= shortest, "repeats.longest", "at least the shortest", longest);
    Training.require(laterFrom >= 0, "repeats.later_from", "at least 0", laterFrom);
  }

  double share(long step) {
    return laterFrom > 0 && step >= laterFrom ? laterShare : share;
  }
}
