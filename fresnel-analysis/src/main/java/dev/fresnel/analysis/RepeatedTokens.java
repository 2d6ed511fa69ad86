package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Texts in which a stretch of tokens comes twice. Nothing but the first half helps to predict the
 * second half of random tokens, so its loss shows what induction heads do.
 *
 * <pre>{@code
 * int vocabulary = model.config().sizes().vocabulary();
 * var twice = RepeatedTokens.random(16, 40, vocabulary, tokenizer.bosId(), 1);
 * try (var run = model.run(twice.tokens(), HeadDetector.induction().plan())) {
 *   twice.losses(run);   // of the first half, and of the second
 * }
 * }</pre>
 *
 * @param tokens one text per row: one token that stands before or none, then the stretch twice
 * @param half how many tokens the stretch has
 */
public record RepeatedTokens(Tokens tokens, int half) {
  /** Tokens of all random texts: 64 MB of ids, some thousand times what the benchmark needs. */
  private static final int MOST = 1 << 24;

  /**
   * Mean losses in nats.
   *
   * @param firstHalf of the stretch's first appearance
   * @param secondHalf of its second, from its second token on: that it begins again cannot be known
   */
  public record Losses(double firstHalf, double secondHalf) {}

  /**
   * @throws FresnelException if the rows are not twice {@code half} long, or one token longer
   */
  public RepeatedTokens {
    if (half < 1 || tokens.length() / 2 != half) {
      throw new FresnelException(
          "a stretch of %d tokens that comes twice makes rows of %d or %d tokens; they have %d"
              .formatted(half, 2 * half, 2 * half + 1, tokens.length()));
    }
  }

  /**
   * These stretches, each twice.
   *
   * @param first the id that stands before each, such as a BOS
   * @param stretches all of one length
   * @throws FresnelException if there is none, or they have several lengths
   */
  public static RepeatedTokens of(int first, List<int[]> stretches) {
    var rows = stretches.stream().map(stretch -> twice(first, stretch)).toList();
    return new RepeatedTokens(Tokens.ofRows(rows), rows.get(0).length / 2);
  }

  /**
   * Random tokens, each stretch twice. The same seed gives the same tokens.
   *
   * @param texts how many
   * @param half how many tokens a stretch has
   * @param vocabulary tokens have ids below it
   * @param bos stands before each stretch, and nowhere else; where there is none, a random token
   *     stands there
   * @throws FresnelException if there are no texts, a stretch has no token, the vocabulary has
   *     fewer than two, or all texts have more than 16,777,216 tokens
   */
  public static RepeatedTokens random(
      int texts, int half, int vocabulary, OptionalInt bos, long seed) {
    if (texts < 1 || half < 1 || vocabulary < 2) {
      throw new FresnelException(
          "random stretches need a text, a token each and a vocabulary of 2, at least; got %d texts of %d tokens, vocabulary %d"
              .formatted(texts, half, vocabulary));
    }
    if ((1L + 2L * half) * texts > MOST) {
      throw new FresnelException(
          "%d texts of twice %d tokens have more than %d tokens; make fewer texts, or shorter ones"
              .formatted(texts, half, MOST));
    }
    var random = new Random(seed);
    var rows = new ArrayList<int[]>();
    for (int text = 0; text < texts; text++) {
      int first = bos.isPresent() ? bos.getAsInt() : random.nextInt(vocabulary);
      int[] stretch = new int[half];
      for (int i = 0; i < half; i++) {
        int id = random.nextInt(vocabulary - 1);
        stretch[i] = bos.isPresent() && id >= bos.getAsInt() ? id + 1 : id;
      }
      rows.add(twice(first, stretch));
    }
    return new RepeatedTokens(Tokens.ofRows(rows), half);
  }

  private static int[] twice(int first, int[] stretch) {
    int[] ids = new int[1 + 2 * stretch.length];
    ids[0] = first;
    System.arraycopy(stretch, 0, ids, 1, stretch.length);
    System.arraycopy(stretch, 0, ids, 1 + stretch.length, stretch.length);
    return ids;
  }

  /** The same stretches with nothing before them. */
  public RepeatedTokens withoutFirst() {
    int before = before();
    var rows =
        IntStream.range(0, tokens.batch())
            .mapToObj(row -> Arrays.copyOfRange(tokens.ids(row), before, tokens.length()))
            .toList();
    return new RepeatedTokens(Tokens.ofRows(rows), half);
  }

  /** How many tokens stand before the stretch: 0 or 1. */
  private int before() {
    return tokens.length() - 2 * half;
  }

  /**
   * How well a run of these tokens predicted each half. The second half of a stretch of one token
   * is NaN.
   *
   * @throws FresnelException if the run read other tokens
   */
  public Losses losses(Run run) {
    if (!run.tokens().equals(tokens)) {
      throw new FresnelException(
          "this run read other tokens; run the model on tokens() of these stretches");
    }
    int start = before() - 1; // the loss of token i has index i - 1
    try (var scope = Scope.open()) {
      Tensor losses = run.losses();
      return new Losses(
          mean(losses.slice(POS, Math.max(0, start), start + half)),
          mean(losses.slice(POS, start + half + 1, start + 2 * half)));
    }
  }

  private static double mean(Tensor losses) {
    return losses.mean(BATCH).mean(POS).item();
  }
}
