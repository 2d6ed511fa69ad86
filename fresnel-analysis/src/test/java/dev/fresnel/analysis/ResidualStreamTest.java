package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Provenance;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.BlockOrder;
import dev.fresnel.model.config.Norm;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ResidualStreamTest {
  private static final Tokens BATCH_OF_TWO =
      Tokens.leftPadded(List.of(new int[] {36, 4, 9, 4, 9, 1, 30}, new int[] {5, 6, 5, 6, 5}), 0);

  /** Of sums of float32 in another order, as {@code |a - b| / (1 + |a|)}. */
  private static final double ROUNDING = 1e-4;

  /** Every shape of toy model; norms behind attention and MLP; attention beside the MLP. */
  static Stream<Transformer> models() {
    var config = ToyModels.gpt2Like(3).config();
    var all = new ArrayList<>(ToyModels.all(3));
    all.add(ToyModels.of(config.withOrder(BlockOrder.PARALLEL), 3));
    var behind = config.withNormBehind(new Norm.Rms(1e-6, Norm.Weights.OWN));
    var weights = new LinkedHashMap<>(ToyModels.weights(behind, 3));
    for (int layer = 0; layer < 3; layer++) {
      weights.put("blocks." + layer + ".ln1_post.w", weights.get("ln_final.w"));
      weights.put("blocks." + layer + ".ln2_post.w", weights.get("blocks.0.ln1.w"));
    }
    all.add(
        new Transformer(
            behind, weights, null, new Provenance("toy", "toy", List.of(), "random", 0)));
    return all.stream();
  }

  private static List<Function<ResidualStream, ResidualStack>> decompositions(Transformer model) {
    List<Function<ResidualStream, ResidualStack>> all =
        new ArrayList<>(
            List.of(
                ResidualStream::sublayers, ResidualStream::heads, ResidualStream::headsAndMlps));
    if (!model.config().attentionOnly()) {
      all.add(ResidualStream::neurons);
      all.add(ResidualStream::headsAndNeurons);
    }
    return all;
  }

  private static List<ReadBy> readers(Transformer model) {
    var readers =
        new ArrayList<>(
            List.of(ReadBy.attention(0), ReadBy.attention(1), ReadBy.unembedding(model)));
    if (!model.config().attentionOnly()) {
      readers.add(ReadBy.mlp(0));
      readers.add(ReadBy.mlp(1));
    }
    return readers;
  }

  private static RunPlan plan(Transformer model) {
    return model.config().attentionOnly()
        ? ResidualStream.plan(model)
        : ResidualStream.neuronPlan(model);
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyDecompositionAddsUpToWhatIsRead(Transformer model) {
    try (var run = model.run(BATCH_OF_TWO, plan(model))) {
      for (ReadBy reader : readers(model)) {
        for (var decomposition : decompositions(model)) {
          try (var scope = Scope.open()) {
            var stream = ResidualStream.of(run).readBy(reader);
            assertThat(decomposition.apply(stream).sum()).isCloseTo(stream.whole(), ROUNDING);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void partsBehindTheFrozenNormAddUpToWhatTheReaderGets(Transformer model) {
    boolean norm = !(model.config().norm() instanceof Norm.None);
    var plan = norm ? plan(model).and(RunPlan.capture(HookKind.LN1_NORMALIZED)) : plan(model);
    try (var run = model.run(BATCH_OF_TWO, plan);
        var scope = Scope.open()) {
      var end = ResidualStream.of(run).headsAndMlps().normalized();
      assertThat(end.sum()).isCloseTo(run.normalized(), ROUNDING);
      if (model.config().norm() instanceof Norm.Layer) { // RMS norms show it before their scale
        var early = ResidualStream.of(run).readBy(ReadBy.attention(1)).sublayers().normalized();
        assertThat(early.sum()).isCloseTo(run.cache().get(HookKind.LN1_NORMALIZED, 1), ROUNDING);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aNormRecomputedForTheWholeStreamIsTheRunsOwn(Transformer model) {
    try (var run = model.run(BATCH_OF_TWO, plan(model));
        var scope = Scope.open()) {
      var accumulated = ResidualStream.of(run).accumulated();
      assertThat(accumulated.labels()).startsWith("0_pre", "1_pre").endsWith("final_post");
      assertThat(accumulated.normalizedAlone().get("final_post"))
          .isCloseTo(run.normalized(), ROUNDING);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void sharesOfAnyTargetAddUpInAnyTextOfABatch(Transformer model) {
    var target = LogitTarget.difference(7, 30);
    try (var run = model.run(BATCH_OF_TWO, plan(model).and(LogitAttribution.plan(model)));
        var alone = model.run(Tokens.of(5, 6, 5, 6, 5), LogitAttribution.plan(model))) {
      var batched = LogitAttribution.everywhere(run, 1, target);
      var single = LogitAttribution.everywhere(alone, 0, target);
      assertThat(batched.parts()).isEqualTo(single.parts());
      for (int position = 0; position < 5; position++) {
        double sum = 0;
        for (String part : batched.parts()) {
          double share = batched.of(part)[position];
          assertThat(share).isCloseTo(single.of(part)[position], within(ROUNDING));
          sum += share;
        }
        assertThat(sum).isCloseTo(batched.logits()[position], within(ROUNDING));
        var one = LogitAttribution.of(run, 1, position, target);
        assertThat(one.logit()).isCloseTo(batched.logits()[position], within(ROUNDING));
        assertThat(one.scores().at(new HeadId(1, 2)))
            .isCloseTo(batched.of("L1H2")[position], within(ROUNDING));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void sharesOfTheNextTokensAreThoseOfEachPosition(Transformer model) {
    try (var run = model.run(BATCH_OF_TWO, LogitAttribution.plan(model))) {
      var all = LogitAttribution.everywhereOfNextTokens(run, 1);
      assertThat(all.targets()).extracting(token -> token.id()).containsExactly(6, 5, 6, 5);
      var one = LogitAttribution.of(run, 1, 2, LogitTarget.of(6));
      assertThat(all.logits()[2]).isCloseTo(one.logit(), within(ROUNDING));
      assertThat(all.of("L0H3")[2]).isCloseTo(one.scores().at(new HeadId(0, 3)), within(ROUNDING));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void neuronsAndTheirBiasAddUpToTheMlps(Transformer model) {
    if (model.config().attentionOnly()) {
      return;
    }
    var target = LogitTarget.of(7);
    var plan = plan(model).and(LogitAttribution.neuronPlan(model));
    try (var run = model.run(BATCH_OF_TWO, plan);
        var scope = Scope.open()) {
      assertSaid(() -> LogitAttribution.neurons(run, 0, 3, target, -1), "from 0 on, got -1");
      var neurons = LogitAttribution.neurons(run, 0, 3, target, Integer.MAX_VALUE);
      assertThat(Math.abs(neurons.get(0).score()))
          .isGreaterThanOrEqualTo(Math.abs(neurons.get(1).score()));
      var stack = ResidualStream.of(run).at(3).neurons().normalized().logits(target);
      for (ScoredNeuron neuron : neurons.subList(0, 20)) {
        int part = neuron.layer() * model.config().mlp().width() + neuron.neuron();
        double share =
            stack.select(ResidualStack.PART, part).select(BATCH, 0).select(POS, 0).item();
        assertThat(neuron.score()).isCloseTo(share, within(ROUNDING));
      }
    }
  }

  @Test
  void positionsAreChosenBeforeAnythingIsComputed() {
    var model = ToyModels.gpt2Like(4);
    try (var run = model.run(BATCH_OF_TWO, plan(model));
        var scope = Scope.open()) {
      var two = ResidualStream.of(run).at(6, 2).heads();
      assertThat(two.vectors().size(POS)).isEqualTo(2);
      assertThat(two.get("L1H3"))
          .isCloseTo(ResidualStream.of(run).heads().get("L1H3").gather(POS, 6, 2), ROUNDING);
      assertThat(two.vectors().size(D_MODEL)).isEqualTo(20);
    }
  }

  @Test
  void aPatternMatchIsTheMeanOverTextsWithoutTheirPadding() {
    var model = ToyModels.gpt2Like(4);
    var match = PatternMatch.previousToken().without(PatternMatch.Excluded.BOS);
    try (var run = model.run(BATCH_OF_TWO, match.plan());
        var first = model.run(Tokens.of(36, 4, 9, 4, 9, 1, 30), match.plan());
        var second = model.run(Tokens.of(5, 6, 5, 6, 5), match.plan())) {
      var head = new HeadId(2, 1);
      assertThat(match.score(run).at(head))
          .isCloseTo(
              (match.score(first).at(head) + match.score(second).at(head)) / 2, within(1e-5));
    }
  }

  @Test
  void mistakesAreExplained() {
    var model = ToyModels.shortformer(4);
    try (var run = model.run(Tokens.of(1, 2, 3), ResidualStream.plan(model));
        var bare = model.run(Tokens.of(1, 2, 3))) {
      assertSaid(() -> ResidualStream.of(run).at(3), "no position 3");
      assertSaid(() -> ResidualStream.of(run).readBy(ReadBy.attention(9)), "layers 0 to 1");
      assertSaid(() -> ResidualStream.of(run).readBy(ReadBy.mlp(0)), "attention alone");
      assertSaid(() -> ResidualStream.of(bare).heads(), "ResidualStream.plan(model)");
      assertSaid(() -> LogitAttribution.of(run, 1, 0, LogitTarget.of(1)), "there is no text 1");
      assertSaid(() -> LogitAttribution.of(run, 0, 3, LogitTarget.of(1)), "positions 0 to 2");
      assertSaid(() -> LogitAttribution.of(run, 0, 2, LogitTarget.of(99)), "ids 0 to 36");
      assertSaid(() -> ResidualStream.of(run).heads().get("L7H0"), "there is no part L7H0");
      assertSaid(() -> LogitAttribution.neurons(run, 0, 1, LogitTarget.of(1), 3), "has no neurons");
      assertSaid(() -> PatternMatch.of("x", new double[][] {{1, 1}, {0, 1}}), "row 0 of 2");
      var small = PatternMatch.of("x", new double[][] {{1, 0}, {0, 1}});
      assertSaid(() -> scoreOf(model, small), "the pattern is 2 by 2, the text has 3 tokens");
    }
  }

  private static HeadValues scoreOf(Transformer model, PatternMatch match) {
    try (var run = model.run(Tokens.of(1, 2, 3), match.plan())) {
      return match.score(run);
    }
  }

  private static void assertSaid(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String saying) {
    assertThatThrownBy(call).isInstanceOf(FresnelException.class).hasMessageContaining(saying);
  }
}
