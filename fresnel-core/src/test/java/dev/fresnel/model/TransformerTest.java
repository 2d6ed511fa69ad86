package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KEY;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.Dims.QUERY;
import static dev.fresnel.hook.HookKind.*;
import static dev.fresnel.testkit.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.Hook;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.config.Positional;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every transformer, whatever its weights. Tolerances: rounding of float32 sums. */
class TransformerTest {
  private static final Tokens TOKENS = Tokens.of(36, 4, 9, 4, 9, 1, 30, 4, 17);

  static Stream<Transformer> models() {
    return Stream.of(1L, 2L).flatMap(seed -> ToyModels.all(seed).stream());
  }

  @ParameterizedTest
  @MethodSource("models")
  void theResidualStreamIsTheSumOfWhatWasWrittenToIt(Transformer model) {
    try (var run = model.run(TOKENS, RunPlan.captureAll())) {
      var cache = run.cache();
      Tensor sum = cache.get(EMBED);
      if (cache.has(POS_EMBED.inModel())
          && !(model.config().positional() instanceof Positional.Shortformer)) {
        sum = sum.plus(cache.get(POS_EMBED));
      }
      for (int layer = 0; layer < model.layers(); layer++) {
        sum = sum.plus(cache.get(ATTN_OUT, layer));
        if (cache.has(MLP_OUT.at(layer))) {
          sum = sum.plus(cache.get(MLP_OUT, layer));
        }
      }
      assertClose("residual", run.residual().floats(), sum.floats(), 1e-4);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void headResultsAndBiasAreTheAttentionOutput(Transformer model) {
    try (var run = model.run(TOKENS, RunPlan.capture(RESULT, ATTN_OUT))) {
      Tensor sum = run.cache().get(RESULT, 1).sum(HEAD).plus(model.weight("blocks.1.attn.b_O"));
      assertClose("attn_out", run.cache().get(ATTN_OUT, 1).floats(), sum.floats(), 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void resultsFollowFromZ(Transformer model) {
    try (var run = model.run(TOKENS, RunPlan.capture(RESULT));
        var other = model.run(TOKENS, RunPlan.capture(Z))) {
      assertClose(
          "results",
          run.cache().stack(RESULT).floats(),
          other.cache().stack(RESULT).floats(),
          1e-5);
      assertClose(
          "result",
          run.cache().get(RESULT, 0).floats(),
          other.cache().get(RESULT, 0).floats(),
          1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void patternsAreCausalAndTheirRowsSumToOne(Transformer model) {
    try (var run = model.run(TOKENS, RunPlan.capture(PATTERN))) {
      Tensor pattern = run.cache().stack(PATTERN);
      assertThat(pattern.sum(KEY).floats()).usingComparatorWithPrecision(1e-5f).containsOnly(1f);
      for (int query = 0; query < TOKENS.length() - 1; query++) {
        float[] later =
            pattern.select(QUERY, query).slice(KEY, query + 1, TOKENS.length()).floats();
        assertThat(later).containsOnly(0f);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void watchingChangesNothing(Transformer model) {
    try (var plain = model.run(TOKENS);
        var watched = model.run(TOKENS, RunPlan.captureAll());
        var named =
            model.run(TOKENS, RunPlan.capture(ATTN_IN, Q_INPUT, K_INPUT, V_INPUT, TOKENS_KIND))) {
      assertClose("logits", plain.logits().floats(), watched.logits().floats(), 1e-5);
      assertClose("logits", plain.logits().floats(), named.logits().floats(), 1e-5);
    }
  }

  private static final HookKind TOKENS_KIND = HookKind.TOKENS;

  @ParameterizedTest
  @MethodSource("models")
  void aHookThatReturnsItsInputChangesNothing(Transformer model) {
    RunPlan plan = RunPlan.nothing();
    for (HookPoint point : model.hookPoints()) {
      plan = plan.edit(point, (activation, at) -> activation);
    }
    try (var plain = model.run(TOKENS);
        var hooked = model.run(TOKENS, plan)) {
      assertClose("logits", plain.logits().floats(), hooked.logits().floats(), 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aRunPassesItsPlacesInTheOrderInWhichTheModelListsThem(Transformer model) {
    var all = RunPlan.capture(model.hookPoints().toArray(HookPoint[]::new));
    try (var run = model.run(TOKENS, all)) {
      assertThat(run.cache().points()).containsExactlyElementsOf(model.hookPoints());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aBatchGivesWhatItsTextsGiveAlone(Transformer model) {
    var second = Tokens.of(3, 3, 3, 7, 8, 9, 10, 11, 12);
    try (var both = model.run(Tokens.ofRows(List.of(TOKENS.ids(0), second.ids(0))));
        var one = model.run(TOKENS);
        var two = model.run(second)) {
      assertClose("first", one.logits().floats(), both.logits().slice(BATCH, 0, 1).floats(), 1e-5);
      assertClose("second", two.logits().floats(), both.logits().slice(BATCH, 1, 2).floats(), 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void paddingDoesNotChangeAText(Transformer model) {
    int[] shorter = {5, 6, 5, 6};
    var batch = Tokens.leftPadded(List.of(TOKENS.ids(0), shorter), 0);
    int padding = batch.padding(1);
    try (var padded = model.run(batch);
        var alone = model.run(Tokens.of(shorter))) {
      Tensor own = padded.logits().slice(BATCH, 1, 2).slice(POS, padding, batch.length());
      assertClose("logits", alone.logits().floats(), own.floats(), 1e-5);
      float[] losses = padded.lossPerToken()[1];
      assertThat(losses[padding - 1]).isNaN();
      assertClose(
          "losses",
          alone.lossPerToken()[0],
          java.util.Arrays.copyOfRange(losses, padding, losses.length),
          1e-5);
      double sum = 0;
      for (float loss : padded.lossPerToken()[0]) {
        sum += loss;
      }
      for (float loss : alone.lossPerToken()[0]) {
        sum += loss;
      }
      assertThat(padded.loss()).isCloseTo(sum / 11, org.assertj.core.data.Offset.offset(1e-5));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void patchingTheResidualStreamOfOneLayerRestoresTheCleanRun(Transformer model) {
    var corrupted = Tokens.of(36, 4, 9, 4, 20, 1, 30, 5, 17);
    try (var clean = model.run(TOKENS, RunPlan.capture(RESID_PRE));
        var broken = model.run(corrupted);
        var patched =
            model.run(
                corrupted,
                RunPlan.nothing().edit(RESID_PRE.at(1), (x, at) -> clean.cache().get(at)))) {
      assertClose("patched", clean.logits().floats(), patched.logits().floats(), 1e-5);
      assertThat(broken.logits().minus(clean.logits()).abs().sum(D_VOCAB).sum(POS).item())
          .isGreaterThan(0.1);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aRunMayStartFromAResidualStreamAndStopBeforeALayer(Transformer model) {
    try (var whole = model.run(TOKENS, RunPlan.capture(RESID_PRE));
        var first = model.run(TOKENS, RunPlan.nothing().stopAt(1));
        var rest = model.run(TOKENS, RunPlan.nothing().startAt(1, first.residual()))) {
      assertClose(
          "stopped", whole.cache().get(RESID_PRE, 1).floats(), first.residual().floats(), 1e-5);
      assertClose("started", whole.logits().floats(), rest.logits().floats(), 1e-5);
      assertThatThrownBy(first::logits).hasMessageContaining("ended before the model's end");
    }
  }

  @Test
  void anAblatedHeadWritesNothing() {
    var model = ToyModels.gpt2Like(3);
    var plan = RunPlan.capture(Z, RESULT, ATTN_OUT).edit(Z.at(1), (z, at) -> z.with(HEAD, 2, 0.0));
    try (var plain = model.run(TOKENS, RunPlan.capture(RESULT, ATTN_OUT));
        var ablated = model.run(TOKENS, plan)) {
      assertThat(ablated.cache().get(RESULT, 1).select(HEAD, 2).floats()).containsOnly(0f);
      Tensor without =
          plain.cache().get(ATTN_OUT, 1).minus(plain.cache().get(RESULT, 1).select(HEAD, 2));
      assertClose("attn_out", without.floats(), ablated.cache().get(ATTN_OUT, 1).floats(), 1e-5);
    }
  }

  @Test
  void editsRunInOrderAndTheCacheShowsWhatTheModelUsed() {
    var model = ToyModels.shortformer(4);
    var plan =
        RunPlan.capture(Z)
            .edit(Z.at(0), (z, at) -> z.plus(1))
            .edit(Z.at(0), (z, at) -> z.times(0))
            .edit(Z.at(0), (z, at) -> z.plus(2));
    try (var run = model.run(TOKENS, plan)) {
      assertThat(run.cache().get(Z, 0).floats()).containsOnly(2f);
    }
  }

  @Test
  void queryInputsCanBeChangedForOneHeadAlone() {
    var model = ToyModels.gpt2Like(5);
    var plan =
        RunPlan.capture(Q, K)
            .edit(Q_INPUT.at(1), (x, at) -> x.with(HEAD, 3, x.select(HEAD, 3).times(-1)));
    try (var plain = model.run(TOKENS, RunPlan.capture(Q, K));
        var edited = model.run(TOKENS, plan)) {
      Tensor difference =
          edited.cache().get(Q, 1).minus(plain.cache().get(Q, 1)).abs().sum(D_HEAD).sum(POS);
      assertThat(difference.select(HEAD, 3).item()).isGreaterThan(0.1);
      assertThat(difference.slice(HEAD, 0, 3).sum(HEAD).item()).isLessThan(1e-3);
      assertClose(
          "keys", plain.cache().get(K, 1).floats(), edited.cache().get(K, 1).floats(), 1e-5);
    }
  }

  @Test
  void aResultOfAnotherShapeNamesThePointAndBothShapes() {
    var model = ToyModels.gpt2Like(6);
    assertThatThrownBy(
            () -> model.run(TOKENS, RunPlan.nothing().edit(Z.at(2), (z, at) -> z.select(HEAD, 0))))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("blocks.2.attn.hook_z")
        .hasMessageContaining("[batch 1, pos 9, head 4, d_head 5]")
        .hasMessageContaining("[batch 1, pos 9, d_head 5]");
  }

  @Test
  void whatWasNotCapturedSaysWhatWasAndHowToAsk() {
    try (var run = ToyModels.gpt2Like(7).run(TOKENS, RunPlan.capture(PATTERN))) {
      assertThatThrownBy(() -> run.cache().get(Q, 0))
          .hasMessageContaining("blocks.0.attn.hook_q was not captured")
          .hasMessageContaining("captured PATTERN")
          .hasMessageContaining("RunPlan.capture(Q)");
    }
  }

  @Test
  void aPlaceThatTheModelDoesNotHaveIsAnErrorWithTheNearestNames() {
    var model = ToyModels.shortformer(8);
    assertThatThrownBy(() -> model.run(TOKENS, RunPlan.capture(MLP_OUT)))
        .hasMessageContaining("MLP_OUT");
    assertThatThrownBy(
            () -> model.run(TOKENS, RunPlan.captureMatching("blocks.0.attn.hook_patern")))
        .hasMessageContaining("blocks.0.attn.hook_pattern");
    assertThatThrownBy(() -> model.run(TOKENS, RunPlan.capture(PATTERN.at(9))))
        .hasMessageContaining("blocks.9.attn.hook_pattern");
  }

  @Test
  void aStarMatchesDotsAndLeavesOutWhatOnlyItsNameAsksFor() {
    try (var run =
        ToyModels.gpt2Like(9).run(TOKENS, RunPlan.captureMatching("blocks.*_resid_p*"))) {
      assertThat(run.cache().points())
          .extracting(HookPoint::kind)
          .containsOnly(RESID_PRE, RESID_POST);
    }
    try (var run = ToyModels.gpt2Like(9).run(TOKENS, RunPlan.captureAll())) {
      assertThat(run.cache().points())
          .extracting(HookPoint::kind)
          .contains(Z, PATTERN)
          .doesNotContain(RESULT, ATTN_IN, Q_INPUT, K_INPUT, V_INPUT, MLP_IN, HookKind.TOKENS);
    }
  }

  @Test
  void stopAfterCaptureEndsAtTheLastCapturedPlace() {
    var model = ToyModels.gpt2Like(10);
    var seen = new ArrayList<HookPoint>();
    var plan =
        RunPlan.capture(PATTERN)
            .edit(
                Z,
                (z, at) -> {
                  seen.add(at);
                  return z;
                })
            .stopAfterCapture();
    try (var run = model.run(TOKENS, plan);
        var whole = model.run(TOKENS, RunPlan.capture(PATTERN))) {
      assertThat(seen).containsExactly(Z.at(0), Z.at(1));
      assertClose(
          "pattern",
          whole.cache().get(PATTERN, 2).floats(),
          run.cache().get(PATTERN, 2).floats(),
          1e-6);
      assertThatThrownBy(run::logits).hasMessageContaining("stopAfterCapture");
    }
  }

  @Test
  void captureAllKeepsWhatTheRunPasses() {
    var model = ToyModels.gpt2Like(10);
    try (var first = model.run(TOKENS, RunPlan.nothing().stopAt(1));
        var middle =
            model.run(TOKENS, RunPlan.captureAll().startAt(1, first.residual()).stopAt(2))) {
      assertThat(middle.cache().points()).extracting(HookPoint::layer).containsOnly(1);
    }
  }

  @Test
  void aKindIsCapturedInTheLayersThatTheRunPasses() {
    var model = ToyModels.gpt2Like(10);
    try (var first = model.run(TOKENS, RunPlan.capture(RESID_PRE).stopAt(2));
        var rest =
            model.run(TOKENS, RunPlan.capture(Z).startAt(2, first.residual()).stopAfterCapture())) {
      assertThat(first.cache().points()).containsExactly(RESID_PRE.at(0), RESID_PRE.at(1));
      assertThat(rest.cache().points()).containsExactly(Z.at(2));
      assertThatThrownBy(rest::logits).hasMessageContaining("stopAfterCapture");
    }
  }

  /** The toy model has three layers. */
  @Test
  void whatARunDoesNotReachIsRefusedByName() {
    var model = ToyModels.gpt2Like(10);
    Tensor residual = Tensor.full(Shape.of(BATCH, 1).and(POS, 9).and(D_MODEL, 20), 0);
    RunPlan nothing = RunPlan.nothing();
    Hook same = (x, at) -> x;
    assertRefused(model, nothing.edit(Z.at(0), same).startAt(1, residual), "edits blocks.0.attn");
    assertRefused(model, RunPlan.capture(Z.at(2)).stopAt(2), "stops before layer 2");
    assertRefused(model, RunPlan.capture(Z).stopAt(0), "captures Z, which its run does not reach");
    assertRefused(model, RunPlan.capture(EMBED).startAt(1, residual), "starts at layer 1");
    assertRefused(model, nothing.edit(POS_EMBED, same).startAt(1, residual), "POS_EMBED");
    assertRefused(model, RunPlan.captureMatching("hook_embed").startAt(1, residual), "hook_embed");
    assertRefused(model, RunPlan.captureMatching("blocks.0.*").startAt(1, residual), "blocks.0.*");
    assertRefused(model, RunPlan.capture(LN_FINAL_SCALE).stopAt(2), "LN_FINAL_SCALE");
    assertRefused(model, nothing.edit(LN_FINAL_NORMALIZED, same).stopAt(2), "LN_FINAL_NORMALIZED");
    assertRefused(model, RunPlan.capture(Z, MLP_PRE_LINEAR), "MLP_PRE_LINEAR");
    assertRefused(
        model,
        RunPlan.capture(Z.at(1)).startAt(2, residual).stopAfterCapture(),
        "captures blocks.1.attn.hook_z");
    assertRefused(model, nothing.stopAfterCapture(), "captures nothing");
    assertRefused(
        model,
        RunPlan.capture(PATTERN).edit(Z.at(2), same).stopAfterCapture(),
        "edits blocks.2.attn.hook_z, which its run does not reach: it starts at the embedding and"
            + " ends after its last capture, blocks.2.attn.hook_pattern");
  }

  private static void assertRefused(Transformer model, RunPlan plan, String saying) {
    assertThatThrownBy(() -> model.run(TOKENS, plan))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(saying);
  }

  @Test
  void aShortformersPositionsAreReadInEveryRun() {
    var model = ToyModels.shortformer(10);
    try (var first = model.run(TOKENS, RunPlan.nothing().stopAt(1));
        var rest = model.run(TOKENS, RunPlan.capture(POS_EMBED).startAt(1, first.residual()))) {
      assertThat(rest.cache().points()).containsExactly(POS_EMBED.inModel());
    }
  }

  @Test
  void layersBeyondTheModelsAreRefused() {
    var model = ToyModels.gpt2Like(10);
    Tensor residual = Tensor.full(Shape.of(BATCH, 1).and(POS, 9).and(D_MODEL, 20), 0);
    RunPlan nothing = RunPlan.nothing();
    assertRefused(model, nothing.startAt(4, residual), "starts at layer 4, but the model has");
    assertRefused(model, nothing.stopAt(4), "stops at layer 4, but the model has layers 0 to 2");
    assertRefused(model, nothing.startAt(2, residual).stopAt(1), "before it starts at layer 2");
    for (int layer : new int[] {-1, 3, 99}) {
      assertThatThrownBy(() -> model.headResults(layer, residual))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("there is no layer " + layer);
    }
  }

  @Test
  void positionsAreKeptAsAsked() {
    var model = ToyModels.gpt2Like(11);
    try (var all = model.run(TOKENS, RunPlan.capture(Z, PATTERN));
        var some = model.run(TOKENS, RunPlan.capture(Z, PATTERN).atPositions(2, 5))) {
      assertClose(
          "z",
          all.cache().get(Z, 1).slice(POS, 2, 5).floats(),
          some.cache().get(Z, 1).floats(),
          1e-6);
      assertClose(
          "pattern",
          all.cache().get(PATTERN, 1).slice(QUERY, 2, 5).floats(),
          some.cache().get(PATTERN, 1).floats(),
          1e-6);
    }
    assertThatThrownBy(() -> model.run(TOKENS, RunPlan.capture(Z).atPositions(2, 50)))
        .hasMessageContaining("reach past the text's 9");
  }

  @Test
  void tokensAreCheckedBeforeTheModelRuns() {
    var model = ToyModels.gpt2Like(12);
    assertThatThrownBy(() -> model.run(Tokens.of(1, 37)))
        .hasMessageContaining("token 37 at position 1 is outside the vocabulary")
        .hasMessageContaining("0 to 36");
    assertThatThrownBy(() -> model.run(Tokens.of(new int[33])))
        .hasMessageContaining("33 tokens")
        .hasMessageContaining("at most 32");
    assertThatThrownBy(() -> model.tokens("text")).hasMessageContaining("no tokenizer");
  }

  @Test
  void whatARunOwnsEndsWithIt() {
    var model = ToyModels.gpt2Like(13);
    var run = model.run(TOKENS, RunPlan.capture(PATTERN));
    Tensor pattern = run.cache().get(PATTERN, 1);
    run.close();
    run.close();
    assertThatThrownBy(pattern::floats)
        .hasMessageContaining("blocks.1.attn.hook_pattern was closed with its Run");
    assertThatThrownBy(run::logits).hasMessageContaining("this Run is closed");
    model.close();
    model.close();
    assertThatThrownBy(() -> model.run(TOKENS)).hasMessageContaining("this Transformer is closed");
  }

  @Test
  void aRunMadeInsideAUsersScopeOutlivesIt() {
    var model = ToyModels.gpt2Like(14);
    Run run;
    try (var scope = Scope.open()) {
      run = model.run(TOKENS, RunPlan.capture(Z));
      run.logits();
    }
    try (run) {
      assertThat(run.logits().floats()).isNotEmpty();
      assertThat(run.cache().get(Z, 0).floats()).isNotEmpty();
    }
  }

  @Test
  void groupedKeysAreReadableAsStoredAndForEveryHead() {
    var model = ToyModels.llamaLike(15);
    assertThat(model.weight("blocks.0.attn._W_K").shape().toString())
        .isEqualTo("[kv_head 2, d_model 24, d_head 4]");
    assertThat(model.weight("blocks.0.attn.W_K").shape().toString())
        .isEqualTo("[head 6, d_model 24, d_head 4]");
    assertThatThrownBy(() -> model.weight("blocks.0.attn.W_X")).hasMessageContaining("W_X");
  }

  @Test
  void manyThreadsMayRunOneModel() {
    var model = ToyModels.llamaLike(16);
    float[] expected;
    try (var run = model.run(TOKENS)) {
      expected = run.logits().floats();
    }
    var runs = new ArrayList<CompletableFuture<float[]>>();
    for (int i = 0; i < 16; i++) {
      runs.add(
          CompletableFuture.supplyAsync(
              () -> {
                try (var run = model.run(TOKENS, RunPlan.captureAll())) {
                  return run.logits().floats();
                }
              }));
    }
    runs.forEach(run -> assertClose("logits", expected, run.join(), 1e-5));
  }

  /** Bytes are watched by {@code MemoryTest}, in a process whose heap does not grow meanwhile. */
  @Test
  void twoHundredRunsLeaveNoHandleBehind() {
    var model = ToyModels.gpt2Like(17);
    for (int i = 0; i < 10; i++) {
      runWithEverything(model);
    }
    long handles = Pointer.totalCount();
    for (int i = 0; i < 200; i++) {
      runWithEverything(model);
    }
    // fewer, where the collector found loose tensors of other tests meanwhile; a leak adds hundreds
    // a run
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(handles + 20);
  }

  private static void runWithEverything(Transformer model) {
    try (var run = model.run(TOKENS, RunPlan.captureAll())) {
      run.logits();
      run.loss();
    }
  }

  @Test
  void unembeddingAResidualStreamIsItsProductWithTheWeights() {
    var model = ToyModels.gpt2Like(18);
    try (var scope = Scope.open()) {
      float[] values = new float[20];
      values[3] = 2;
      Tensor logits = model.unembed(Tensor.of(Shape.of(D_MODEL, 20), values));
      Tensor expected =
          model.weight("unembed.W_U").select(D_MODEL, 3).times(2).plus(model.weight("unembed.b_U"));
      assertClose("logits", expected.floats(), logits.floats(), 1e-6);
    }
  }
}
