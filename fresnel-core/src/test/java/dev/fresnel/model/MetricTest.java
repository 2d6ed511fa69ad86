package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.RESID_POST;
import static dev.fresnel.hook.HookKind.RESID_PRE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.grad.Gradients;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricTest {
  private static final Tokens TOKENS = Tokens.of(36, 4, 9, 4, 9, 1, 30, 4, 17);
  private static final List<Metric> METRICS =
      List.of(Metric.logitDifference(-1, 3, 12), Metric.logProbability(4, 20), Metric.loss());

  @Test
  void theLogitDifferenceIsThatOfTheTwoLogits() {
    try (var run = ToyModels.gpt2Like(1).run(TOKENS);
        var scope = Scope.open()) {
      float[] logits = run.logits(8).floats();
      assertThat(Metric.logitDifference(8, 3, 12).of(run).item())
          .isCloseTo(logits[3] - logits[12], within(1e-5));
      assertThat(Metric.logitDifference(-1, 12, 3).of(run).item())
          .isCloseTo(logits[12] - logits[3], within(1e-5));
    }
  }

  @Test
  void probabilitiesOfAllTokensAddUpToOne() {
    try (var run = ToyModels.gpt2Like(2).run(TOKENS);
        var scope = Scope.open()) {
      double sum = 0;
      for (int token = 0; token < 37; token++) {
        sum += Math.exp(Metric.logProbability(3, token).of(run).item());
      }
      assertThat(sum).isCloseTo(1, within(1e-5));
    }
  }

  @Test
  void theLossIsTheRunsAndLeavesPaddingOut() {
    var batch = Tokens.leftPadded(List.of(TOKENS.ids(0), new int[] {5, 6, 5, 6}, new int[] {7}), 0);
    try (var run = ToyModels.gpt2Like(3).run(batch);
        var scope = Scope.open()) {
      assertThat(Metric.loss().of(run).item()).isCloseTo(run.loss(), within(1e-5));
      float[] losses = run.losses().floats();
      assertThat(losses).hasSize(3 * 8);
      assertThat(losses[8 + 4]).as("padding").isZero();
      assertThat(losses[8 + 5]).isEqualTo(run.lossPerToken()[1][5]);
    }
  }

  @Test
  void aBatchHasTheMeanOfItsTexts() {
    var model = ToyModels.llamaLike(4);
    var other = Tokens.of(3, 3, 3, 7, 8, 9, 10, 11, 12);
    try (var both = model.run(Tokens.ofRows(List.of(TOKENS.ids(0), other.ids(0))));
        var one = model.run(TOKENS);
        var two = model.run(other);
        var scope = Scope.open()) {
      for (Metric metric : METRICS) {
        double mean = (metric.of(one).item() + metric.of(two).item()) / 2;
        assertThat(metric.of(both).item()).isCloseTo(mean, within(1e-5));
      }
    }
  }

  /** Long texts are unembedded piece by piece. */
  @Test
  void theLossOfATextInPiecesIsThatOfTheWhole() {
    var model = ToyModels.gpt2Like(5);
    int[] ids = new Random(5).ints(32, 0, 37).toArray();
    try (var run = model.run(Tokens.of(ids));
        var scope = Scope.open()) {
      Tensor logs = run.logits().logSoftmax(D_VOCAB);
      float[][] losses = run.lossPerToken();
      for (int position = 0; position < 31; position++) {
        double expected = -logs.select(POS, position).select(D_VOCAB, ids[position + 1]).item();
        assertThat(losses[0][position]).isCloseTo((float) expected, within(1e-5f));
      }
    }
  }

  /**
   * Central differences of float32, along a random direction: good to a few parts in a thousand.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void itCanBeDerived(int which) {
    Metric metric = METRICS.get(which);
    var model = ToyModels.gpt2Like(6);
    var random = new Random(1);
    try (var scope = Scope.open();
        var run = model.run(TOKENS, RunPlan.capture(RESID_PRE.at(1)))) {
      Tensor residual = Gradients.variable(run.cache().get(RESID_PRE, 1));
      float[] numbers = new float[9 * 20];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (float) random.nextGaussian();
      }
      Tensor direction = Tensor.of(Shape.of(BATCH, 1).and(POS, 9).and(D_MODEL, 20), numbers);
      double slope;
      try (var recorded = model.run(TOKENS, from(residual))) {
        Tensor gradient = Gradients.of(metric.of(recorded), List.of(residual)).get(0);
        slope = gradient.dot(direction, BATCH, POS, D_MODEL).item();
      }
      double step = 0.01;
      double more = value(model, metric, residual.plus(direction.times(step)));
      double less = value(model, metric, residual.minus(direction.times(step)));
      double expected = (more - less) / (2 * step);
      assertThat(slope).isCloseTo(expected, within(0.01 * (1 + Math.abs(expected))));
      assertThat(Math.abs(expected)).isGreaterThan(0.02);
    }
  }

  private static RunPlan from(Tensor residual) {
    return RunPlan.nothing().edit(RESID_PRE.at(1), (x, at) -> residual);
  }

  private static double value(Transformer model, Metric metric, Tensor residual) {
    try (var run = model.run(TOKENS, from(residual))) {
      return metric.of(run).item();
    }
  }

  @Test
  void aLossThatIsNotANumberIsNotLeftOut() {
    var model = ToyModels.gpt2Like(7);
    var plan = RunPlan.nothing().edit(RESID_POST.at(2), (x, at) -> x.with(POS, 2, Double.NaN));
    try (var run = model.run(TOKENS, plan);
        var all =
            model.run(TOKENS, RunPlan.nothing().edit(RESID_POST, (x, at) -> x.times(Double.NaN)))) {
      assertThat(run.loss()).isNaN();
      assertThat(run.lossPerToken()[0][2]).isNaN();
      assertThat(run.lossPerToken()[0][3]).isNotNaN();
      assertThat(Metric.loss().of(run).item()).isNaN();
      assertThat(all.loss()).isNaN();
    }
  }

  /** The equals sign of an addition is read and never predicted. */
  @Test
  void aTokenThatTheModelDoesNotPredictHasNoLoss() {
    var sizes = Sizes.builder().layers(1).heads(2).dModel(8).dHead(4).context(6);
    var config = ModelConfig.of("sums", sizes.vocabulary(14).vocabularyOut(13).build());
    try (var model = ToyModels.of(config, 3);
        var run = model.run(Tokens.of(5, 9, 13));
        var same = model.run(Tokens.of(5, 9))) {
      assertThat(run.lossPerToken()[0][0]).isCloseTo(same.lossPerToken()[0][0], within(1e-6f));
      assertThat(run.lossPerToken()[0][1]).isNaN();
      assertThatThrownBy(run::loss)
          .isInstanceOf(FresnelException.class)
          .hasMessage(
              "token 13 at position 2 has no loss: sums predicts ids 0 to 12; lossPerToken() gives"
                  + " the other losses");
      assertThatThrownBy(() -> Metric.loss().of(run)).hasMessageContaining("token 13");
    }
  }

  @Test
  void whatCannotBeMeasuredIsSaid() {
    var model = ToyModels.gpt2Like(7);
    try (var run = model.run(TOKENS);
        var one = model.run(Tokens.of(3));
        var early = model.run(TOKENS, RunPlan.nothing().stopAt(1))) {
      assertThatThrownBy(() -> Metric.logProbability(0, 37).of(run))
          .isInstanceOf(FresnelException.class)
          .hasMessage(
              "token 37 cannot be predicted: the model predicts ids 0 to 36; choose one of them");
      assertThatThrownBy(() -> Metric.loss().of(one))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("nothing comes next");
      assertThat(one.lossPerToken()).isEqualTo(new float[1][0]);
      for (Metric metric : METRICS) {
        assertThatThrownBy(() -> metric.of(early)).hasMessageContaining("stopAt()");
      }
    }
  }
}
