package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.HookKind.Z;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Whether a model has induction heads, and whether they do what the name says: on tokens that come
 * twice, what the heads attend to, how much better the second half is predicted than the first, and
 * how much of that difference is left when the heads are ablated.
 *
 * @param half how many tokens come twice
 * @param source what they are
 * @param bos whether a BOS comes first
 */
public record InductionCheck(int half, Source source, boolean bos) {
  /**
   * @throws FresnelException if a stretch has no token
   */
  public InductionCheck {
    if (half < 1) {
      throw new FresnelException("a stretch has at least 1 token, got " + half);
    }
  }

  /** The longest stretch that {@link #all()} repeats. */
  static final int LONGEST = 90;

  private static final int TEXTS = 16;
  private static final long SEED = 77;

  /** What comes twice. */
  public enum Source {
    TEXT,
    RANDOM
  }

  /**
   * What was found. Losses are means in nats; those of the second half begin with its second token.
   *
   * @param induction the head with the highest induction score, from 0 to 1
   * @param previousToken the head with the highest previous-token score, from 0 to 1
   * @param firstHalf loss of the first half
   * @param secondHalf loss of the second half
   * @param ablatedFirstHalf loss of the first half when the ablated heads write nothing
   * @param ablatedSecondHalf loss of the second half then
   */
  public record Result(
      InductionCheck check,
      ScoredHead induction,
      ScoredHead previousToken,
      double firstHalf,
      double secondHalf,
      double ablatedFirstHalf,
      double ablatedSecondHalf) {
    /**
     * The share of the gap between the halves that the ablation removes: 1 where nothing of the gap
     * is left.
     */
    public double removed() {
      return 1 - (ablatedFirstHalf - ablatedSecondHalf) / (firstHalf - secondHalf);
    }
  }

  /** Text and random tokens, halves of 10 to 90, with and without BOS. */
  public static List<InductionCheck> all() {
    var checks = new ArrayList<InductionCheck>();
    for (Source source : Source.values()) {
      for (int half : new int[] {10, 20, 40, 60, LONGEST}) {
        checks.add(new InductionCheck(half, source, true));
        checks.add(new InductionCheck(half, source, false));
      }
    }
    return checks;
  }

  /**
   * @param texts what the model never saw, one text per row, at least {@code half} long; the first
   *     16 are read
   * @param bosId the model's BOS
   * @param ablated heads to take out, such as the model's induction heads
   * @throws FresnelException if the texts are too short, or the model's context is
   */
  public Result of(Transformer model, Tokens texts, int bosId, List<HeadId> ablated) {
    var induction = HeadDetector.induction();
    var previousToken = HeadDetector.previousToken();
    var twice = repeated(texts, bosId, model.config().sizes().vocabulary());
    try (var run = model.run(twice.tokens(), induction.plan().and(previousToken.plan()));
        var without = model.run(twice.tokens(), without(ablated))) {
      var losses = twice.losses(run);
      var left = twice.losses(without);
      return new Result(
          this,
          induction.score(run).values().ranked().get(0),
          previousToken.score(run).values().ranked().get(0),
          losses.firstHalf(),
          losses.secondHalf(),
          left.firstHalf(),
          left.secondHalf());
    }
  }

  private static RunPlan without(List<HeadId> heads) {
    RunPlan plan = RunPlan.nothing();
    for (HeadId head : heads) {
      plan = plan.edit(Z.at(head.layer()), (z, at) -> z.with(HEAD, head.head(), 0.0));
    }
    return plan;
  }

  private RepeatedTokens repeated(Tokens texts, int bosId, int vocabulary) {
    var twice =
        source == Source.TEXT
            ? RepeatedTokens.of(bosId, stretches(texts))
            : random(half, vocabulary, bosId);
    return bos ? twice : twice.withoutFirst();
  }

  private List<int[]> stretches(Tokens texts) {
    if (texts.length() < half) {
      throw new FresnelException(
          "texts of %d tokens have no stretch of %d; give longer ones"
              .formatted(texts.length(), half));
    }
    return IntStream.range(0, Math.min(TEXTS, texts.batch()))
        .mapToObj(row -> Arrays.copyOf(texts.ids(row), half))
        .toList();
  }

  /**
   * 16 texts of random tokens, the same for every model of this size of vocabulary.
   *
   * @param bosId stands before each
   */
  static RepeatedTokens random(int half, int vocabulary, int bosId) {
    return RepeatedTokens.random(TEXTS, half, vocabulary, OptionalInt.of(bosId), SEED);
  }
}
