package dev.fresnel.train;

import dev.fresnel.error.FresnelException;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * The batches of a training run. Batch n depends on the seed and n alone, so that a resumed run
 * sees the same batches as one that never stopped. The text is cut into windows; each comes once
 * per epoch, and every epoch has its own order. A row has one token more than the model reads, so
 * that the last position predicts too; that token is also the first of the next window.
 */
final class Batches {
  private final int[] text;
  private final Hyperparameters training;
  private final int vocabulary;
  private final int bos;
  private long shuffled = -1;
  private int[] order = {};

  /**
   * @param vocabulary the number of ids: random tokens are drawn from all of them except the BOS
   * @param bos the BOS token; negative for none
   */
  Batches(int[] text, Hyperparameters training, int vocabulary, int bos) {
    if (text.length < 2 * training.length() + 1) {
      throw new FresnelException(
          "the text to train on has "
              + text.length
              + " tokens; with sequences of "
              + training.length()
              + " it needs at least "
              + (2 * training.length() + 1)
              + ": give a longer text, or a smaller \"length\"");
    }
    this.text = text;
    this.training = training;
    this.vocabulary = vocabulary;
    this.bos = bos;
  }

  /** The batch of a step; steps count from 0. */
  Tokens batch(long step) {
    var random = new Random(mixed(training.seed(), step));
    var repeats = Repeats.at(step, training.repeats());
    int length = training.length(step);
    int parts = training.length() / length; // rows of a window
    int rows = training.batch() * parts;
    int repeated = (int) Math.round(repeats.share() * rows);
    int ofRandom = (int) Math.round(repeats.random() * repeated);
    List<int[]> all = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      int[] source =
          row < ofRandom
              ? randomTokens(length + 1, random)
              : window(step * training.batch() + row / parts, row % parts, length);
      int[] ids = row < repeated ? repeated(source, repeats, random) : source;
      all.add(random.nextDouble() < training.bos() && bos >= 0 ? withBos(ids) : ids);
    }
    return Tokens.ofRows(all);
  }

  private int[] randomTokens(int length, Random random) {
    int[] ids = new int[length];
    for (int i = 0; i < ids.length; i++) {
      do {
        ids[i] = random.nextInt(vocabulary);
      } while (ids[i] == bos);
    }
    return ids;
  }

  /** Stretches of the source, one after the other, each of them several times. */
  private static int[] repeated(int[] source, Repeats repeats, Random random) {
    int[] ids = new int[source.length];
    int from = 0;
    int at = 0;
    while (at < ids.length) {
      int length = Math.min(length(repeats, random), source.length - from);
      int end = repeats.times() == null ? ids.length : at + repeats.times() * length;
      for (int start = at; at < Math.min(end, ids.length); at++) {
        ids[at] = source[from + (at - start) % length];
      }
      from += length;
    }
    return ids;
  }

  private static int length(Repeats repeats, Random random) {
    double ratio = repeats.longest() / (double) repeats.shortest();
    return (int) Math.round(repeats.shortest() * Math.pow(ratio, random.nextDouble()));
  }

  private int[] withBos(int[] ids) {
    int[] with = new int[ids.length];
    with[0] = bos;
    System.arraycopy(ids, 0, with, 1, ids.length - 1);
    return with;
  }

  /** One part of a window, and the token behind it; a window has as many parts as fit. */
  private int[] window(long number, int part, int size) {
    int length = training.length();
    int windows = (text.length - length) / length; // wherever the first one begins
    long epoch = number / windows;
    if (epoch != shuffled) {
      order = shuffledOrder(windows, epoch);
      shuffled = epoch;
    }
    int shift = new Random(mixed(training.seed(), -1 - epoch)).nextInt(length);
    int from = shift + order[(int) (number % windows)] * length + part * size;
    return Arrays.copyOfRange(text, from, from + size + 1);
  }

  private int[] shuffledOrder(int count, long epoch) {
    var random = new Random(mixed(training.seed() + 1, -1 - epoch));
    int[] places = new int[count];
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i + 1);
      places[i] = places[j];
      places[j] = i;
    }
    return places;
  }

  /** A seed for a step, by SplitMix64's mixing: neighbouring steps get unrelated seeds. */
  private static long mixed(long seed, long step) {
    long z = seed * 0x9E3779B97F4A7C15L + step * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
