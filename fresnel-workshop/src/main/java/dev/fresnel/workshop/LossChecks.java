package dev.fresnel.workshop;

import dev.fresnel.workshop.Checks.FormedAt;
import dev.fresnel.workshop.Checks.RepeatedRandom;
import dev.fresnel.workshop.Checks.SecondHalfLoss;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * The checks of repeated random tokens, of their losses, and of when a score passed a threshold.
 */
final class LossChecks {
  private LossChecks() {}

  static Verdict repeatedRandom(RepeatedRandom method) {
    int bos = 0;
    int half = 7;
    int vocabulary = 40;
    // One call, in which every part of the answer is looked at: the draws are the learner's own.
    int[][] got = new int[1][];
    var draws = new Draws();
    var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
    mistakes.put(
        "BOS is missing: it comes once, before the first half.",
        () -> facts(got[0], Facts.withoutBos(got[0], half, vocabulary)));
    mistakes.put(
        "BOS comes before each half: only the text begins with it.",
        () -> facts(got[0], Facts.ofTwoStarts(got[0], bos, half)));
    mistakes.put(
        "Off by one: the second half begins with BOS again and leaves out the last token.",
        () -> facts(got[0], Facts.ofShifted(got[0], half)));
    mistakes.put(
        "The two halves are drawn independently: draw one, and put it there twice.",
        () -> facts(got[0], Facts.ofTwoHalves(draws.count, half)));
    mistakes.put(
        "All tokens are the same: draw each anew.",
        () -> facts(got[0], new Facts(2 * half + 1, true, true, true, false)));
    mistakes.put(
        "Ids reach beyond the vocabulary: they go from 0 to vocabulary - 1.",
        () -> facts(got[0], new Facts(2 * half + 1, true, true, false, true)));
    return Judge.judge(
        "repeated-random",
        new Trial(
            "with bos 0, a half of 7 tokens and a vocabulary of 40",
            () -> {
              got[0] = Answer.given(method.of(bos, half, vocabulary, draws));
              return facts(got[0], Facts.of(got[0], 1, bos, half, vocabulary));
            },
            facts(null, new Facts(2 * half + 1, true, true, true, true)),
            mistakes));
  }

  /** Random numbers that count how many were drawn. */
  private static final class Draws extends Random {
    private int count;

    Draws() {
      super(1);
    }

    @Override
    protected int next(int bits) {
      count++;
      return super.next(bits);
    }
  }

  /** What is looked at in repeated random tokens. */
  private record Facts(
      int length, boolean startsWithBos, boolean repeats, boolean within, boolean varies) {
    static Facts of(int[] ids, int before, int bos, int half, int vocabulary) {
      if (ids.length != before + 2 * half) {
        return new Facts(
            ids.length, ids.length > 0 && ids[0] == bos, false, within(ids, vocabulary), true);
      }
      int[] first = Arrays.copyOfRange(ids, before, before + half);
      int[] second = Arrays.copyOfRange(ids, before + half, ids.length);
      boolean same = Arrays.equals(first, second);
      return new Facts(
          ids.length,
          ids[0] == bos,
          same,
          within(ids, vocabulary),
          Arrays.stream(first).distinct().count() > 1);
    }

    static Facts withoutBos(int[] ids, int half, int vocabulary) {
      boolean two = ids.length == 2 * half;
      return new Facts(two ? ids.length : -1, false, false, within(ids, vocabulary), true);
    }

    static Facts ofTwoStarts(int[] ids, int bos, int half) {
      boolean two = ids.length == 2 * half + 2 && ids[0] == bos && ids[half + 1] == bos;
      return new Facts(two ? ids.length : -1, true, false, true, true);
    }

    static Facts ofShifted(int[] ids, int half) {
      boolean shifted =
          ids.length == 2 * half + 1
              && Arrays.equals(
                  Arrays.copyOf(ids, half), Arrays.copyOfRange(ids, half + 1, ids.length));
      return new Facts(shifted ? ids.length : -1, true, false, true, true);
    }

    static Facts ofTwoHalves(int drawn, int half) {
      return new Facts(drawn >= 2 * half ? 2 * half + 1 : -1, true, false, true, true);
    }

    private static boolean within(int[] ids, int vocabulary) {
      return Arrays.stream(ids).allMatch(id -> id >= 0 && id < vocabulary);
    }
  }

  private static Answer facts(int[] ids, Facts facts) {
    var cells = new LinkedHashMap<String, Object>();
    cells.put("the number of tokens", (double) facts.length);
    cells.put("begins with BOS", facts.startsWithBos);
    cells.put("the second half repeats the first", facts.repeats);
    cells.put("all ids are in the vocabulary", facts.within);
    cells.put("the tokens differ", facts.varies);
    return new Answer(Map.of(), cells);
  }

  static Verdict secondHalfLoss(SecondHalfLoss method) {
    var trials = new ArrayList<Trial>();
    for (int half : List.of(5, 8)) {
      float[] losses = new float[2 * half];
      for (int i = 0; i < losses.length; i++) {
        losses[i] = (i < half ? 8 : 1) + (i * 37 % 11) / 10f + (i == half ? 6 : 0);
      }
      var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
      mistakes.put(
          "Off by one: the first token of the second half is in it, which nobody can foresee. Begin"
              + " with its second token.",
          () -> mean(losses, half, 2 * half));
      mistakes.put(
          "Off by one: losses[i] is the loss of token i + 1. This leaves out one token too many.",
          () -> mean(losses, half + 2, 2 * half));
      mistakes.put("This is the loss of the first half.", () -> mean(losses, 0, half));
      mistakes.put(
          "This averages over the whole text: take the second half alone.",
          () -> mean(losses, 0, 2 * half));
      mistakes.put("The last token is left out.", () -> mean(losses, half + 1, 2 * half - 1));
      mistakes.put(
          "This divides by half: without its first token the second half has half - 1 tokens.",
          () -> Answer.of("the loss", total(losses, half + 1, 2 * half) / half));
      mistakes.put(
          "This is the sum: divide by the number of tokens.",
          () -> Answer.of("the loss", total(losses, half + 1, 2 * half)));
      trials.add(
          new Trial(
              "on the losses of BOS and twice %d tokens".formatted(half),
              () -> Answer.of("the loss", method.of(losses.clone(), half)),
              mean(losses, half + 1, 2 * half),
              mistakes));
    }
    return Judge.judge("second-half-loss", trials);
  }

  private static double total(float[] losses, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += losses[i];
    }
    return sum;
  }

  private static Answer mean(float[] losses, int from, int to) {
    return Answer.of("the loss", total(losses, from, to) / (to - from));
  }

  private static final long[] TOKENS = {100, 250, 400, 600, 900, 1300};

  static Verdict formedAt(FormedAt method) {
    double[] rising = {0.02, 0.1, 0.5, 0.44, 0.81, 0.79};
    double[] flat = {0.02, 0.03, 0.05, 0.04, 0.06, 0.05};
    var trials = List.of(formed(method, rising, 2), formed(method, flat, -1));
    return Judge.judge("formed-at", trials);
  }

  private static Trial formed(FormedAt method, double[] scores, int first) {
    long right = first < 0 ? -1 : TOKENS[first];
    var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
    mistakes.put(
        "This is the index of the measurement: return the number of tokens there.",
        () -> tokens(first));
    mistakes.put(
        "The threshold's wrong side: this is the first measurement below it.",
        () -> tokens(TOKENS[0]));
    mistakes.put(
        "A score that equals the threshold counts: use >=, not >.",
        () -> tokens(first < 0 ? -1 : TOKENS[4]));
    mistakes.put(
        "This is the last measurement over the threshold: take the first, and stop there.",
        () -> tokens(first < 0 ? -1 : TOKENS[5]));
    mistakes.put(
        "This is where the score is greatest: take the first that reaches the threshold.",
        () -> tokens(TOKENS[4]));
    mistakes.put(
        "Where no score reaches the threshold the answer is -1.",
        () -> tokens(first < 0 ? TOKENS[5] : right));
    mistakes.put(
        "Where no score reaches the threshold the answer is -1, not 0.",
        () -> tokens(first < 0 ? 0 : right));
    return new Trial(
        "on the scores %s, threshold 0.5".formatted(Arrays.toString(scores)),
        () -> tokens(method.of(TOKENS.clone(), scores.clone(), 0.5)),
        tokens(right),
        mistakes);
  }

  private static Answer tokens(long tokens) {
    return Answer.of("the tokens seen", (double) tokens);
  }
}
