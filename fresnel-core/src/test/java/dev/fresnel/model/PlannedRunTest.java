package dev.fresnel.model;

import static dev.fresnel.hook.Dims.*;
import static dev.fresnel.hook.HookKind.*;
import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** What a plan changes in a run, and what it keeps. Tolerances: rounding of float32 sums. */
class PlannedRunTest {
  private static final Tokens TOKENS = Tokens.of(36, 4, 9, 4, 9, 1, 30, 4, 17);

  @Test
  void anAblatedHeadWritesNothing() {
    var model = ToyModels.gpt2Like(3);
    var plan = RunPlan.capture(Z, RESULT, ATTN_OUT).edit(Z.at(1), (z, at) -> z.with(HEAD, 2, 0.0));
    try (var plain = model.run(TOKENS, RunPlan.capture(RESULT, ATTN_OUT));
        var ablated = model.run(TOKENS, plan)) {
      assertThat(ablated.cache().get(RESULT, 1).select(HEAD, 2).floats()).containsOnly(0f);
      Tensor without =
          plain.cache().get(ATTN_OUT, 1).minus(plain.cache().get(RESULT, 1).select(HEAD, 2));
      assertThat(ablated.cache().get(ATTN_OUT, 1)).as("attn_out").isCloseTo(without, 1e-5);
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
      assertThat(edited.cache().get(K, 1)).as("keys").isCloseTo(plain.cache().get(K, 1), 1e-5);
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
  void aHookThatReturnsNothingNamesThePoint() {
    var plan = RunPlan.nothing().edit(RESID_POST.at(1), (x, at) -> null);
    assertThatThrownBy(() -> ToyModels.gpt2Like(6).run(TOKENS, plan))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("the hook at blocks.1.hook_resid_post returned null");
  }

  @Test
  void aResultOfAnotherTypeNamesThePointAndBothTypes() {
    var plan = RunPlan.nothing().edit(Z.at(1), (x, at) -> x.to(DType.FLOAT64));
    assertThatThrownBy(() -> ToyModels.gpt2Like(6).run(TOKENS, plan))
        .isInstanceOf(FresnelException.class)
        .hasMessage(
            "the hook at blocks.1.attn.hook_z must return numbers of type float32, but returned"
                + " float64; convert them with to(DType.FLOAT32)");
  }

  @Test
  void anotherLayerOfAKindThatWasCapturedIsAskedForByItsLayer() {
    try (var run = ToyModels.gpt2Like(7).run(TOKENS, RunPlan.capture(PATTERN.at(0)))) {
      assertThatThrownBy(() -> run.cache().get(PATTERN, 1))
          .hasMessage(
              "blocks.1.attn.hook_pattern was not captured; this run captured PATTERN in layer 0"
                  + " alone; ask for it with RunPlan.capture(PATTERN.at(1))");
      assertThatThrownBy(() -> run.cache().get(PATTERN)).hasMessageContaining("at(layer)");
      assertThatThrownBy(() -> run.cache().get("blocks.9.attn.hook_pattern"))
          .hasMessageContaining("there is no layer 9");
    }
  }

  /** The cache computes results from z, but nothing that the model computed came from them. */
  @Test
  void whatTheCacheComputesHasNoGradient() {
    var plan = RunPlan.capture(Z).recordGradients();
    try (var run = ToyModels.gpt2Like(7).run(TOKENS, plan)) {
      assertThatThrownBy(() -> run.gradients(Metric.loss(), RESULT.at(0)))
          .hasMessageContaining("RunPlan.capture(RESULT)");
      assertThatThrownBy(() -> run.gradients(Metric.loss(), Z.at(0)).get(Z, 1))
          .hasMessageContaining("has no gradient here")
          .hasMessageContaining("Z in layer 0 alone");
    }
  }

  @Test
  void layersThatTheModelDoesNotHaveAreRefused() {
    var model = ToyModels.gpt2Like(7);
    Tensor residual = Tensor.full(Shape.of(BATCH, 1).and(POS, 9).and(D_MODEL, 20), 0);
    assertThatThrownBy(() -> RunPlan.nothing().startAt(-1, residual))
        .hasMessageContaining("cannot start at layer -1");
    Tensor z = Tensor.full(Shape.of(BATCH, 1).and(POS, 2).and(HEAD, 4).and(D_HEAD, 5), 1);
    assertThatThrownBy(() -> model.headResults(99, z)).hasMessageContaining("no layer 99");
    assertThatThrownBy(() -> model.headResults(0, z.to(DType.FLOAT64)))
        .hasMessageContaining("float64");
    var plan = RunPlan.nothing().startAt(1, residual.to(DType.BFLOAT16));
    assertThatThrownBy(() -> model.run(TOKENS, plan)).hasMessageContaining("bfloat16");
  }

  @Test
  void noPositionsHaveNoLogits() {
    var model = ToyModels.gpt2Like(7);
    Tensor none = Tensor.full(Shape.of(POS, 0).and(D_MODEL, 20), 0);
    assertThat(model.unembed(none).shape()).isEqualTo(Shape.of(POS, 0).and(D_VOCAB, 37));
    assertThat(model.normalizeFinal(none).shape()).isEqualTo(none.shape());
    assertThatThrownBy(() -> model.unembed(Tensor.full(Shape.of(POS, 2).and(D_MODEL, 5), 0)))
        .hasMessageContaining("[.., d_model 20]");
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
      assertThat(run.cache().get(PATTERN, 2))
          .as("pattern")
          .isCloseTo(whole.cache().get(PATTERN, 2), 1e-6);
      assertThatThrownBy(run::logits).hasMessageContaining("stopAfterCapture");
    }
  }

  @Test
  void positionsAreKeptAsAsked() {
    var model = ToyModels.gpt2Like(11);
    try (var all = model.run(TOKENS, RunPlan.capture(Z, PATTERN));
        var some = model.run(TOKENS, RunPlan.capture(Z, PATTERN).atPositions(2, 5))) {
      assertThat(some.cache().get(Z, 1))
          .as("z")
          .isCloseTo(all.cache().get(Z, 1).slice(POS, 2, 5), 1e-6);
      assertThat(some.cache().get(PATTERN, 1))
          .as("pattern")
          .isCloseTo(all.cache().get(PATTERN, 1).slice(QUERY, 2, 5), 1e-6);
    }
    assertThatThrownBy(() -> model.run(TOKENS, RunPlan.capture(Z).atPositions(2, 50)))
        .hasMessageContaining("keeps positions 2 to 49, but the text has 9 tokens");
  }
}
