package dev.fresnel.train;

import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.PATTERN;
import static dev.fresnel.hook.HookKind.Z;

import dev.fresnel.analysis.HeadDetector;
import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.ScoredHead;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Whether a model has induction heads, and whether they do what the name says: on tokens that come
 * twice, what the heads attend to, how much better the second half is predicted than the first, and
 * how much of that is left when the heads are taken out.
 *
 * @param half how many tokens come twice
 * @param source what they are
 * @param bos whether a BOS comes first
 */
public record InductionCheck(int half, Source source, boolean bos) {
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
     * What share of the gap between the halves vanishes with the ablated heads: 1 where nothing of
     * it is left.
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
   * @param texts what the model never saw, each at least {@code half} long; the first 16 are read
   * @param bosId the model's BOS
   * @param ablated heads to take out, such as the model's induction heads
   * @throws FresnelException if a text is too short, or the model's context is
   */
  public Result of(Transformer model, List<int[]> texts, int bosId, List<HeadId> ablated) {
    Tokens tokens = tokens(texts, bosId, model.config().sizes().vocabulary());
    try (var scope = Scope.open();
        var run = model.run(tokens, RunPlan.capture(PATTERN));
        var without = model.run(tokens, without(ablated))) {
      double[] losses = losses(run);
      double[] left = losses(without);
      return new Result(
          this,
          HeadDetector.induction().score(run).above(-1).get(0),
          HeadDetector.previousToken().score(run).above(-1).get(0),
          losses[0],
          losses[1],
          left[0],
          left[1]);
    }
  }

  /** The heads that score above 0.5 on these tokens, the strongest first. */
  List<HeadId> heads(Transformer model, HeadDetector detector, List<int[]> texts, int bosId) {
    Tokens tokens = tokens(texts, bosId, model.config().sizes().vocabulary());
    try (var scope = Scope.open();
        var run = model.run(tokens, RunPlan.capture(PATTERN).stopAfterCapture())) {
      return detector.score(run).above(0.5).stream().map(ScoredHead::head).toList();
    }
  }

  private static RunPlan without(List<HeadId> heads) {
    RunPlan plan = RunPlan.nothing();
    for (HeadId head : heads) {
      plan = plan.edit(Z.at(head.layer()), (z, at) -> z.with(HEAD, head.head(), 0.0));
    }
    return plan;
  }

  /** Of the first half, and of the second. */
  private double[] losses(Run run) {
    Tensor each = NextTokenLoss.each(run);
    int skipped = bos ? 0 : 1;
    return new double[] {
      Measurement.mean(each.slice(POS, 0, half - skipped)),
      Measurement.mean(each.slice(POS, half - skipped + 1, 2 * half - skipped))
    };
  }

  private Tokens tokens(List<int[]> texts, int bosId, int vocabulary) {
    var random = new Random(SEED);
    var rows = new ArrayList<int[]>();
    for (int row = 0; row < Math.min(TEXTS, source == Source.TEXT ? texts.size() : TEXTS); row++) {
      int[] stretch =
          source == Source.TEXT ? text(texts.get(row)) : random(random, vocabulary, bosId);
      int from = bos ? 1 : 0;
      int[] ids = new int[2 * half + from];
      ids[0] = bosId;
      System.arraycopy(stretch, 0, ids, from, half);
      System.arraycopy(stretch, 0, ids, from + half, half);
      rows.add(ids);
    }
    return Tokens.ofRows(rows);
  }

  private int[] text(int[] text) {
    if (text.length < half) {
      throw new FresnelException("a text of " + text.length + " tokens has no stretch of " + half);
    }
    return Arrays.copyOf(text, half);
  }

  private int[] random(Random random, int vocabulary, int bosId) {
    int[] ids = new int[half];
    for (int i = 0; i < half; i++) {
      int id = random.nextInt(vocabulary - 1);
      ids[i] = id >= bosId ? id + 1 : id;
    }
    return ids;
  }
}
