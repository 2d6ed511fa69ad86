package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.RESID_POST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OwnPositionsTest {
  /** Rounding of a sum of a few float32 numbers, in another order. */
  private static final float ROUNDING = 1e-5f;

  private static final RunPlan PLAN = RunPlan.capture(RESID_POST.at(1));
  private static final int[] LONG = {36, 4, 9, 4, 9, 1};
  private static final int[] SHORT = {5, 6};

  @Test
  void aMeanOverAPaddedTextIsThatOfTheTextAlone() {
    try (var model = ToyModels.gpt2Like(1);
        var batch = model.run(Tokens.leftPadded(List.of(LONG, SHORT), 0), PLAN);
        var alone = model.run(Tokens.of(SHORT), PLAN);
        var scope = Scope.open()) {
      Tensor means = batch.meanOverPositions(batch.cache().get(RESID_POST, 1));
      float[] expected = alone.cache().get(RESID_POST, 1).select(BATCH, 0).mean(POS).floats();
      assertThat(means.select(BATCH, 1).floats()).containsExactly(expected, within(ROUNDING));
    }
  }

  @Test
  void aMeanOverAllTokensCountsEachOnce() {
    try (var model = ToyModels.gpt2Like(1);
        var batch = model.run(Tokens.leftPadded(List.of(LONG, SHORT), 0), PLAN);
        var first = model.run(Tokens.of(LONG), PLAN);
        var second = model.run(Tokens.of(SHORT), PLAN);
        var scope = Scope.open()) {
      float[] sum = sum(first);
      float[] other = sum(second);
      for (int i = 0; i < sum.length; i++) {
        sum[i] = (sum[i] + other[i]) / (LONG.length + SHORT.length);
      }
      assertThat(batch.meanOverTokens(batch.cache().get(RESID_POST, 1)).floats())
          .containsExactly(sum, within(ROUNDING));
    }
  }

  private static float[] sum(Run run) {
    return run.cache().get(RESID_POST, 1).select(BATCH, 0).sum(POS).floats();
  }

  @Test
  void anActivationOfOtherPositionsIsAnError() {
    try (var model = ToyModels.gpt2Like(1);
        var run = model.run(Tokens.of(LONG), PLAN.atPositions(0, 2))) {
      Tensor some = run.cache().get(RESID_POST, 1);
      assertThatThrownBy(() -> run.meanOverPositions(some))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("[batch 1, pos 6, …]");
      assertThatThrownBy(() -> run.meanOverTokens(Tensor.full(some.shape(), 1).select(BATCH, 0)))
          .isInstanceOf(FresnelException.class);
    }
  }

  /** 8 predictions of 70 texts are more than are computed at once. */
  @Test
  void theLossesOfManyTextsAreThoseOfEachAlone() {
    var rows = new ArrayList<int[]>();
    for (int row = 0; row < 70; row++) {
      rows.add(new int[] {row % 37, 4, 9, row % 5, 9, 1, 30, 4, 17});
    }
    try (var model = ToyModels.gpt2Like(1);
        var all = model.run(Tokens.ofRows(rows))) {
      float[][] losses = all.lossPerToken();
      for (int row : new int[] {0, 36, 69}) {
        try (var alone = model.run(Tokens.of(rows.get(row)))) {
          assertThat(losses[row]).containsExactly(alone.lossPerToken()[0], within(ROUNDING));
        }
      }
    }
  }

  @Test
  void lossesOfOtherTargetsAreMinusTheirLogProbabilities() {
    try (var model = ToyModels.gpt2Like(1);
        var run = model.run(Tokens.of(SHORT));
        var scope = Scope.open()) {
      var shape = Shape.of(BATCH, 1).and(POS, 2);
      float[] losses = run.losses(Tensor.ofLongs(shape, 3, 12)).floats();
      assertThat(losses[0]).isCloseTo(-logProbability(run, 0, 3), within(ROUNDING));
      assertThat(losses[1]).isCloseTo(-logProbability(run, 1, 12), within(ROUNDING));
      assertThatThrownBy(() -> run.losses(run.nextTokens()))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("a target for each position");
    }
  }

  private static float logProbability(Run run, int position, int token) {
    return (float) Metric.logProbability(position, token).of(run).item();
  }
}
