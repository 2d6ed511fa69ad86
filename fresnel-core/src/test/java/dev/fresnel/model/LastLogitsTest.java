package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.LN_FINAL_NORMALIZED;
import static dev.fresnel.hook.HookKind.POS_EMBED;
import static dev.fresnel.hook.HookKind.RESID_POST;
import static dev.fresnel.hook.HookKind.RESID_PRE;
import static dev.fresnel.hook.HookKind.Z;
import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A run that computes logits of the last position only has those of a whole run. */
class LastLogitsTest {
  /** float32 sums of the same products in another order, through up to three layers. */
  private static final double ROUNDING = 1e-4;

  private static final int LENGTH = 17;

  static Stream<Transformer> models() {
    return PastTest.models();
  }

  private static int[] text(int seed) {
    return new Random(seed).ints(LENGTH, 0, 37).toArray();
  }

  private static void requireSame(Transformer model, Tokens tokens, RunPlan plan) {
    try (var whole = model.run(tokens, plan);
        var last = model.run(tokens, plan.lastLogitsOnly());
        var scope = Scope.open()) {
      assertThat(last.logits(-1)).isCloseTo(whole.logits(-1), ROUNDING);
      assertThat(last.logits(tokens.length() - 1)).isCloseTo(whole.logits(-1), ROUNDING);
      Tensor normalized = whole.normalized().select(POS, tokens.length() - 1);
      assertThat(last.normalized(-1)).isCloseTo(normalized, ROUNDING);
      for (HookPoint point : whole.cache().points()) {
        Tensor expected = whole.cache().get(point);
        assertThat(last.cache().get(point)).as(point.name()).isCloseTo(expected, ROUNDING);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void theyAreThoseOfAWholeRun(Transformer model) {
    requireSame(model, Tokens.of(text(1)), RunPlan.nothing());
    requireSame(model, Tokens.of(text(1)[0]), RunPlan.nothing());
    requireSame(model, Tokens.ofRows(List.of(text(2), text(3))), RunPlan.nothing());
    var shorter = Arrays.copyOfRange(text(3), 0, 5);
    requireSame(model, Tokens.leftPadded(List.of(text(2), shorter), 0), RunPlan.nothing());
  }

  @ParameterizedTest
  @MethodSource("models")
  void whoWatchesTheLastLayerSeesAllPositions(Transformer model) {
    var tokens = Tokens.of(text(4));
    int last = model.layers() - 1;
    requireSame(model, tokens, RunPlan.captureAll());
    requireSame(model, tokens, RunPlan.capture(RESID_POST.at(last)));
    requireSame(model, tokens, RunPlan.capture(RESID_PRE, Z));
    requireSame(
        model,
        tokens,
        RunPlan.nothing().edit(Z.at(last), (z, at) -> z.with(HEAD, 1, z.select(HEAD, 0))));
    for (var kind : List.of(LN_FINAL_NORMALIZED, POS_EMBED)) {
      if (model.hookPoints().contains(kind.inModel())) {
        requireSame(model, tokens, RunPlan.capture(kind));
        requireSame(model, tokens, RunPlan.nothing().edit(kind, (x, at) -> x.times(1.5)));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void theResidualStreamBeforeTheLastLayerMayBeChanged(Transformer model) {
    RunPlan plan =
        RunPlan.nothing().edit(RESID_PRE.at(model.layers() - 1), (x, at) -> x.with(POS, 3, 0.5));
    requireSame(model, Tokens.of(text(5)), plan);
  }

  @ParameterizedTest
  @MethodSource("models")
  void theyFollowFromAPast(Transformer model) {
    int[] ids = text(6);
    var rest = Tokens.of(Arrays.copyOfRange(ids, 6, LENGTH));
    var plan = RunPlan.nothing().lastLogitsOnly();
    try (var whole = model.run(Tokens.of(ids));
        var first = model.run(Tokens.of(Arrays.copyOf(ids, 6)), Past.plan(model));
        var past = Past.of(first);
        var last = model.run(rest, plan, past);
        var growing = Past.growing(model, LENGTH);
        var begun = model.run(Tokens.of(Arrays.copyOf(ids, 6)), plan, growing);
        var grown = model.run(rest, plan, growing);
        var scope = Scope.open()) {
      assertThat(last.logits(-1)).isCloseTo(whole.logits(-1), ROUNDING);
      assertThat(begun.logits(-1)).isCloseTo(whole.logits(5), ROUNDING);
      assertThat(grown.logits(-1)).isCloseTo(whole.logits(-1), ROUNDING);
      assertThat(growing.length()).isEqualTo(LENGTH);
    }
  }

  @Test
  void theirGradientsAreThoseOfAWholeRun() {
    var model = ToyModels.llamaLike(2);
    var metric = Metric.logitDifference(-1, 3, 4);
    var plan = RunPlan.capture(RESID_PRE).recordGradients();
    try (var whole = model.run(Tokens.of(text(7)), plan);
        var last = model.run(Tokens.of(text(7)), plan.lastLogitsOnly());
        var scope = Scope.open()) {
      for (int layer = 0; layer < model.layers(); layer++) {
        assertThat(last.gradients(metric).get(RESID_PRE, layer))
            .isCloseTo(whole.gradients(metric).get(RESID_PRE, layer), ROUNDING);
      }
    }
  }

  @Test
  void aRunThatStopsBeforeTheEndHasItsWholeResidualStream() {
    var model = ToyModels.gpt2Like(1);
    try (var run = model.run(Tokens.of(text(8)), RunPlan.nothing().stopAt(2).lastLogitsOnly())) {
      assertThat(run.residual().size(POS)).isEqualTo(LENGTH);
      assertThat(run.residual().size(BATCH)).isEqualTo(1);
    }
  }

  @Test
  void whatOtherPositionsHaveIsRefused() {
    var model = ToyModels.gpt2Like(1);
    try (var run = model.run(Tokens.of(text(9)), RunPlan.nothing().lastLogitsOnly())) {
      assertThat(run.reachedTheEnd()).isTrue();
      for (ThrowingCallable call :
          List.<ThrowingCallable>of(
              run::logits,
              run::residual,
              run::normalized,
              run::finalScale,
              run::losses,
              run::loss,
              run::lossPerToken,
              () -> run.logits(0),
              () -> run.logits(-2))) {
        assertThatThrownBy(call)
            .isInstanceOf(FresnelException.class)
            .hasMessageContaining("last position only");
      }
    }
  }
}
