package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.Hook;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Metric;
import dev.fresnel.model.Past;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.Rounds;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Random runs of toy models, and random questions about them, many of them wrong: each gives an
 * error of ours or a result with the property that makes it right. {@code scripts/random-calls}
 * tries many more. Tolerances: rounding of float32 sums of some dozens.
 */
class RandomCallsTest {
  private static final int RUNS = 120;
  private static final int QUESTIONS = 12;
  private static final double ROUNDING = 2e-4;
  private static final List<Transformer> MODELS = ToyModels.all(5);
  private static final HookKind[] KINDS = HookKind.values();

  private int refused;
  private int answered;

  @AfterAll
  static void close() {
    MODELS.forEach(Transformer::close);
  }

  @Test
  void everyRunAndEveryQuestionGivesARightResultOrAnErrorOfOurs() {
    for (int round = 0; round < Rounds.count(RUNS); round++) {
      var random = Rounds.random(round);
      ours("run " + round, () -> oneRun(random));
      ours("model", () -> askModel(random, MODELS.get(random.nextInt(MODELS.size()))));
    }
    assertThat(answered).as("right results").isGreaterThan(Rounds.count(RUNS));
    assertThat(refused).as("errors").isGreaterThan(Rounds.count(RUNS));
  }

  private void ours(String what, Runnable call) {
    try (var scope = Scope.open()) {
      call.run();
      answered++;
    } catch (FresnelException e) {
      refused++;
      assertThat(e.getMessage()).as(what).hasSizeGreaterThan(15).doesNotContain("libtorch");
    } catch (RuntimeException e) {
      throw new AssertionError(what + " ended in an error that is not ours", e);
    }
  }

  private void oneRun(Random random) {
    var model = MODELS.get(random.nextInt(MODELS.size()));
    Tokens tokens = tokens(random);
    RunPlan plan = plan(random, model, tokens);
    try (var run = model.run(tokens, plan)) {
      var questions = questions(random, run);
      for (int i = 0; i < QUESTIONS; i++) {
        int which = random.nextInt(questions.size());
        ours(plan + ", question " + which, () -> questions.get(which).accept(run));
      }
    }
  }

  // ---- what is run ----

  private static int number(Random random) {
    int[] odd = {-1, -2, -99, 7, 99, Integer.MAX_VALUE, Integer.MIN_VALUE};
    return random.nextInt(4) == 0 ? odd[random.nextInt(odd.length)] : random.nextInt(4);
  }

  private static Tokens tokens(Random random) {
    int least = random.nextInt(30) == 0 ? 0 : 1;
    int most = random.nextInt(10) == 0 ? 40 : 7;
    var rows =
        IntStream.range(0, least + random.nextInt(3))
            .mapToObj(row -> random.ints(least + random.nextInt(most), -0, 38 - least).toArray())
            .toList();
    return random.nextInt(3) == 0 ? Tokens.ofRows(rows) : Tokens.leftPadded(rows, number(random));
  }

  private static RunPlan plan(Random random, Transformer model, Tokens tokens) {
    RunPlan plan = captures(random, model);
    if (random.nextInt(3) == 0) {
      plan = plan.edit(point(random, model), hook(random));
    }
    if (random.nextInt(6) == 0) {
      plan = plan.edit(KINDS[random.nextInt(KINDS.length)], hook(random));
    }
    if (random.nextInt(5) == 0) {
      plan = plan.atPositions(number(random), number(random));
    }
    if (random.nextInt(5) == 0) {
      plan = plan.startAt(number(random), residual(random, model, tokens));
    }
    if (random.nextInt(5) == 0) {
      plan = plan.stopAt(number(random));
    }
    if (random.nextInt(6) == 0) {
      plan = plan.stopAfterCapture();
    }
    if (random.nextInt(5) == 0) {
      plan = plan.recordGradients();
    }
    return random.nextInt(8) == 0 ? plan.and(captures(random, model)) : plan;
  }

  private static RunPlan captures(Random random, Transformer model) {
    return switch (random.nextInt(7)) {
      case 0 -> RunPlan.capture(KINDS[random.nextInt(KINDS.length)]);
      case 1 -> RunPlan.capture(point(random, model), point(random, model));
      case 2 -> RunPlan.captureMatching("blocks.*.attn.*", "blocks." + number(random) + ".*");
      case 3 -> RunPlan.nothing();
      case 4 -> AttentionPattern.plan().and(LogitAttribution.plan(model)).and(LogitLens.plan());
      case 5 -> Past.plan(model);
      default -> RunPlan.captureAll();
    };
  }

  private static HookPoint point(Random random, Transformer model) {
    var points = model.hookPoints();
    return random.nextInt(12) == 0
        ? KINDS[random.nextInt(KINDS.length)].at(number(random))
        : points.get(random.nextInt(points.size()));
  }

  private static Hook hook(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> (x, at) -> null;
      case 1 -> (x, at) -> x.to(DType.FLOAT64);
      case 2 -> (x, at) -> x.select(x.dims().get(0), 0);
      case 3 -> (x, at) -> x.with(HEAD, number(random), 0.0);
      case 4 -> (x, at) -> x.order(reversed(x));
      case 5 -> (x, at) -> x.times(Double.NaN);
      default -> (x, at) -> x;
    };
  }

  private static List<dev.fresnel.tensor.Dim> reversed(Tensor x) {
    var dims = new ArrayList<>(x.dims());
    java.util.Collections.reverse(dims);
    return dims;
  }

  private static Tensor residual(Random random, Transformer model, Tokens tokens) {
    int width = random.nextInt(6) == 0 ? 5 : model.config().sizes().dModel();
    Tensor right =
        Tensor.full(
            Shape.of(BATCH, tokens.batch()).and(POS, tokens.length()).and(D_MODEL, width), 0.5);
    return random.nextInt(6) == 0 ? right.to(DType.BFLOAT16) : right;
  }

  // ---- what is asked about a run ----

  private List<Consumer<Run>> questions(Random random, Run of) {
    int one = number(random);
    int two = number(random);
    var kind = KINDS[random.nextInt(KINDS.length)];
    return List.of(
        run -> requirePositions(run, one),
        RandomCallsTest::requireLosses,
        run -> run.finalScale().floats(),
        run -> run.cache().get(kind, one).floats(),
        run -> run.cache().get(kind).floats(),
        run -> run.cache().stack(kind).floats(),
        run -> requirePatterns(AttentionPattern.of(run, one, two), one, two),
        run -> assertThat(AttentionPattern.of(run, one).heads()).isEqualTo(run.model().heads()),
        run -> requireScores(HeadDetector.all().get(random.nextInt(5)).score(run)),
        run -> requireRanked(LogitLens.of(run, one).predictions().get(0).get(0)),
        run -> requireRanked(NextTokens.of(run, one, two)),
        run ->
            assertThat(NextTokens.of(run, one, run.tokens().row(0).get(0)).probability())
                .matches(p -> Double.isNaN(p) || p >= 0 && p <= 1 + ROUNDING),
        run -> requireShares(LogitAttribution.ofNextToken(run, one)),
        run -> run.gradients(Metric.loss(), kind.at(one)).get(kind, one).floats(),
        run -> run.gradients(Metric.logProbability(one, two)).points(),
        run -> Metric.logitDifference(one, two, 3).of(run).item(),
        run -> requireContinued(random, run, one));
  }

  private static void requirePositions(Run run, int position) {
    Tensor one = run.logits(position);
    assertThat(one).isCloseTo(run.logits().select(POS, position), ROUNDING);
  }

  private static void requireLosses(Run run) {
    double sum = 0;
    int count = 0;
    float[][] each = run.lossPerToken();
    for (int row = 0; row < each.length; row++) {
      for (int i = run.tokens().padding(row); i < each[row].length; i++, count++) {
        sum += each[row][i];
      }
    }
    requireSame(run.loss(), sum / count);
    requireSame(Metric.loss().of(run).item(), run.loss());
  }

  private static void requireSame(double found, double expected) {
    if (Double.isNaN(expected)) {
      assertThat(found).isNaN();
    } else {
      assertThat(found).isCloseTo(expected, within(ROUNDING * (1 + Math.abs(expected))));
    }
  }

  private static void requirePatterns(AttentionPattern pattern, int head, int query) {
    float sum = 0;
    for (float weight : pattern.row(head, query)) {
      sum += weight;
    }
    assertThat(Float.isNaN(sum) || Math.abs(sum - 1) < ROUNDING).as("a sum of %s", sum).isTrue();
  }

  private static void requireScores(HeadScores scores) {
    for (var head : scores.values().all()) {
      assertThat(head.score()).matches(s -> Double.isNaN(s) || s >= 0 && s <= 1 + ROUNDING);
    }
  }

  private static void requireRanked(List<Prediction> predictions) {
    for (int i = 1; i < predictions.size(); i++) {
      double before = predictions.get(i - 1).logit();
      assertThat(predictions.get(i).logit() <= before || Double.isNaN(before)).isTrue();
    }
  }

  private static void requireShares(Attribution attribution) {
    double sum =
        Arrays.stream(attribution.scores().toArray()).flatMapToDouble(Arrays::stream).sum();
    sum += attribution.components().stream().mapToDouble(Attribution.Component::score).sum();
    boolean edited = Double.isNaN(sum) || Double.isNaN(attribution.logit());
    assertThat(edited || Double.isFinite(sum)).isTrue();
  }

  /** A continuation gives what a run over the whole text gives, if no edit changed the past. */
  private static void requireContinued(Random random, Run run, int length) {
    var model = run.model();
    try (var past = Past.of(run, length);
        var rest = model.run(tokens(random), RunPlan.nothing(), past)) {
      assertThat(rest.logits().size(POS)).isEqualTo(rest.tokens().length());
    }
  }

  // ---- what is asked about a model ----

  private static void askModel(Random random, Transformer model) {
    var sizes = model.config().sizes();
    int positions = random.nextInt(4);
    Shape shape = Shape.SCALAR;
    shape = random.nextInt(4) == 0 ? shape : shape.and(BATCH, 1);
    shape = random.nextInt(4) == 0 ? shape : shape.and(POS, positions);
    shape = random.nextInt(4) == 0 ? shape : shape.and(HEAD, sizes.heads());
    shape = random.nextInt(4) == 0 ? shape : shape.and(D_HEAD, sizes.dHead() + random.nextInt(2));
    Shape vectors = Shape.of(POS, positions).and(D_MODEL, sizes.dModel() + random.nextInt(3) / 2);
    var type = random.nextInt(4) == 0 ? DType.values()[random.nextInt(10)] : DType.FLOAT32;
    Tensor x = Tensor.full(vectors, 0.5).to(type);
    switch (random.nextInt(6)) {
      case 0 -> assertThat(model.unembed(x).size(POS)).isEqualTo(positions);
      case 1 -> assertThat(model.normalizeFinal(x).shape()).isEqualTo(vectors);
      case 2 -> model.headResults(number(random), Tensor.full(shape, 0.5).to(type)).floats();
      case 3 -> model.weight("blocks." + number(random) + ".attn.W_K").floats();
      case 4 -> model.tokens(number(random), number(random)).row(number(random));
      default -> {
        var twice =
            RepeatedTokens.random(
                number(random), number(random), number(random), java.util.OptionalInt.empty(), 3);
        try (var run = model.run(twice.tokens())) {
          assertThat(twice.losses(run).firstHalf()).isPositive();
        }
      }
    }
  }
}
