package dev.fresnel.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextPredictionsTest {
  /** Rounding of float32 sums of a vocabulary's few dozen exponentials. */
  private static final double ROUNDING = 1e-5;

  @Test
  void eachTokensOwnPredictionIsThatOfTheRun() {
    var tokens = Tokens.of(36, 4, 9, 4, 9, 1, 30);
    try (var model = ToyModels.attentionOnly(1);
        var seen = model.run(tokens, LensTrajectory.plan());
        var run = model.run(tokens, RunPlan.nothing())) {
      var found = TextPredictions.of(run, 0, 3);
      float[] losses = run.lossPerToken()[0];
      double[] own = found.byToken(TextPredictions::loss);
      assertThat(own[0]).isNaN();
      for (int at = 1; at < tokens.length(); at++) {
        assertThat(own[at]).isCloseTo(losses[at - 1], within(ROUNDING));
        var one = NextTokens.of(run, at - 1, found.tokens().get(at));
        assertThat(found.next().get(at - 1).rank()).isEqualTo(one.rank());
        assertThat(found.likeliest().get(at - 1))
            .extracting(Prediction::token)
            .isEqualTo(NextTokens.of(run, at - 1, 3).stream().map(Prediction::token).toList());
      }
      var lens = LensTrajectory.of(seen, 0).entropies();
      assertThat(found.entropies()).containsExactly(lens[lens.length - 1], within(ROUNDING));
    }
  }

  @Test
  void aTextOfABatchIsReadWithoutItsPadding() {
    var batch = Tokens.leftPadded(List.of(new int[] {36, 4, 9, 4}, new int[] {36, 7}), 0);
    try (var model = ToyModels.attentionOnly(1);
        var run = model.run(batch, RunPlan.nothing());
        var alone = model.run(Tokens.of(36, 7), RunPlan.nothing())) {
      var padded = TextPredictions.of(run, 1, 2);
      var plain = TextPredictions.of(alone, 0, 2);
      assertThat(padded.tokens()).hasSize(2);
      // float32 sums in another order
      assertThat(padded.entropies()).containsExactly(plain.entropies(), within(1e-4));
      assertThatThrownBy(() -> TextPredictions.of(run, 2, 2))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("there is no text 2");
    }
  }
}
