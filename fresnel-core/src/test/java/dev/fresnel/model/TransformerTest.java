package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KEY;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.Dims.QUERY;
import static dev.fresnel.hook.HookKind.*;
import static dev.fresnel.testkit.TensorAssert.assertThat;
import static dev.fresnel.testkit.TensorAssert.assertThatNumbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
      assertThat(sum).as("residual").isCloseTo(run.residual(), 1e-4);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void headResultsAndBiasAreTheAttentionOutput(Transformer model) {
    try (var run = model.run(TOKENS, RunPlan.capture(RESULT, ATTN_OUT))) {
      Tensor sum = run.cache().get(RESULT, 1).sum(HEAD).plus(model.weight("blocks.1.attn.b_O"));
      assertThat(sum).as("attn_out").isCloseTo(run.cache().get(ATTN_OUT, 1), 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void resultsFollowFromZ(Transformer model) {
    try (var run = model.run(TOKENS, RunPlan.capture(RESULT));
        var other = model.run(TOKENS, RunPlan.capture(Z))) {
      assertThat(other.cache().stack(RESULT)).isCloseTo(run.cache().stack(RESULT), 1e-5);
      assertThat(other.cache().get(RESULT, 0))
          .as("result")
          .isCloseTo(run.cache().get(RESULT, 0), 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void patternsAreCausalAndTheirRowsSumToOne(Transformer model) {
    try (var run = model.run(TOKENS, RunPlan.capture(PATTERN))) {
      Tensor pattern = run.cache().stack(PATTERN);
      assertThat(pattern.sum(KEY)).isEverywhere(1, 1e-5);
      for (int query = 0; query < TOKENS.length() - 1; query++) {
        assertThat(pattern.select(QUERY, query).slice(KEY, query + 1, TOKENS.length()))
            .isEverywhere(0, 0);
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
      assertThat(watched.logits()).as("logits").isCloseTo(plain.logits(), 1e-5);
      assertThat(named.logits()).as("logits").isCloseTo(plain.logits(), 1e-5);
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
      assertThat(hooked.logits()).as("logits").isCloseTo(plain.logits(), 1e-5);
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
      assertThat(both.logits().slice(BATCH, 0, 1)).as("first").isCloseTo(one.logits(), 1e-5);
      assertThat(both.logits().slice(BATCH, 1, 2)).as("second").isCloseTo(two.logits(), 1e-5);
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
      assertThat(own).as("logits").isCloseTo(alone.logits(), 1e-5);
      float[] losses = padded.lossPerToken()[1];
      assertThat(losses[padding - 1]).isNaN();
      assertThatNumbers(java.util.Arrays.copyOfRange(losses, padding, losses.length))
          .as("losses")
          .isCloseTo(alone.lossPerToken()[0], 1e-5);
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
      assertThat(patched.logits()).as("patched").isCloseTo(clean.logits(), 1e-5);
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
      assertThat(first.residual()).as("stopped").isCloseTo(whole.cache().get(RESID_PRE, 1), 1e-5);
      assertThat(rest.logits()).as("started").isCloseTo(whole.logits(), 1e-5);
      assertThatThrownBy(first::logits).hasMessageContaining("ended before the model's end");
    }
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
    runs.forEach(run -> assertThatNumbers(run.join()).as("logits").isCloseTo(expected, 1e-5));
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
      assertThat(logits).as("logits").isCloseTo(expected, 1e-6);
    }
  }
}
