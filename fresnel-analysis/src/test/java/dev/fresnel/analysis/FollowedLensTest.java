package dev.fresnel.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A lens and what follows its tokens, from one pass, are those of two. */
class FollowedLensTest {
  private static final Tokens TOKENS = Tokens.of(36, 4, 9, 4, 9, 1, 30);

  @Test
  void theLensAndItsTrajectoryAreThoseOfTheirOwnPasses() {
    try (var model = ToyModels.attentionOnly(2);
        var run = model.run(TOKENS, FollowedLens.plan())) {
      var both = FollowedLens.of(run, 3);
      var alone = LogitLens.of(run, 3);
      assertThat(both.lens().stages()).isEqualTo(alone.stages());
      var next = LensTrajectory.ofNextTokens(run, 0);
      for (int stage = 0; stage < alone.stages().size(); stage++) {
        for (int at = 0; at < TOKENS.length(); at++) {
          requireSame(
              both.lens().predictions().get(stage).get(at), alone.predictions().get(stage).get(at));
        }
        for (int at = 0; at + 1 < TOKENS.length(); at++) {
          var first = both.trajectory().chosen().get(stage).get(at).get(0);
          requireSame(List.of(first), next.chosen().get(stage).get(at));
        }
      }
    }
  }

  private static void requireSame(List<Prediction> found, List<Prediction> expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i).rank()).isEqualTo(expected.get(i).rank());
      assertThat(found.get(i).token()).isEqualTo(expected.get(i).token());
      // float32 sums in another order
      assertThat(found.get(i).probability()).isCloseTo(expected.get(i).probability(), within(1e-6));
    }
  }

  @Test
  void eachPositionFollowsItsColumnOfTheLens() {
    try (var model = ToyModels.attentionOnly(2);
        var run = model.run(TOKENS, FollowedLens.plan())) {
      var both = FollowedLens.of(run, 2);
      for (int at = 0; at < TOKENS.length(); at++) {
        var ids = both.trajectory().chosen().get(0).get(at).stream().map(each -> each.token().id());
        var found = ids.toList();
        assertThat(found).doesNotHaveDuplicates();
        for (var stage : both.lens().predictions()) {
          assertThat(found).contains(stage.get(at).get(0).token().id());
        }
        var last = both.lens().predictions().get(both.lens().stages().size() - 1).get(at);
        assertThat(found).contains(last.get(1).token().id());
        if (at + 1 < TOKENS.length()) {
          assertThat(found.get(0)).isEqualTo(TOKENS.id(0, at + 1));
        }
      }
    }
  }

  @Test
  void aLensOfNoPredictionsFollowsTheNextTokensAlone() {
    try (var model = ToyModels.attentionOnly(1);
        var run = model.run(TOKENS, FollowedLens.plan())) {
      var both = FollowedLens.of(run, 0);
      assertThat(both.lens().predictions().get(0).get(0)).isEmpty();
      assertThat(both.trajectory().chosen().get(0).get(0)).hasSize(1);
      assertThat(both.trajectory().chosen().get(0).get(TOKENS.length() - 1)).isEmpty();
      assertThatThrownBy(() -> FollowedLens.of(run, -1))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("at least 0, got -1");
    }
  }

  /** It leaves alone what the columns of the lens show. */
  @Test
  void tokensOfChoiceAreFollowedInTheSamePass() {
    try (var model = ToyModels.attentionOnly(2);
        var run = model.run(TOKENS, FollowedLens.plan())) {
      var plain = FollowedLens.of(run, 2);
      var both = FollowedLens.of(run, 0, 2, 9, 30);
      assertThat(both.lens()).isEqualTo(plain.lens());
      assertThat(both.trajectory()).isEqualTo(plain.trajectory());
      assertThat(plain.named().get(0).get(0)).isEmpty();
      var alone = LensTrajectory.of(run, 0, 9, 30).chosen();
      assertThat(both.named()).hasSameSizeAs(alone);
      for (int stage = 0; stage < alone.size(); stage++) {
        for (int at = 0; at < TOKENS.length(); at++) {
          requireSame(both.named().get(stage).get(at), alone.get(stage).get(at));
        }
      }
      assertThatThrownBy(() -> FollowedLens.of(run, 0, 2, 5000))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("token 5000 cannot be predicted");
    }
  }

  @Test
  void aTextOfABatchIsReadWithoutItsPadding() {
    var batch = Tokens.leftPadded(List.of(new int[] {36, 4, 9, 4}, new int[] {36, 7}), 0);
    try (var model = ToyModels.attentionOnly(1);
        var run = model.run(batch, FollowedLens.plan());
        var alone = model.run(Tokens.of(36, 7), FollowedLens.plan())) {
      var padded = FollowedLens.of(run, 1, 2).trajectory();
      var plain = FollowedLens.of(alone, 2).trajectory();
      assertThat(padded.tokens()).isEqualTo(plain.tokens());
      // float32 sums in another order
      assertThat(padded.entropies()[1]).containsExactly(plain.entropies()[1], within(1e-4));
    }
  }

  @Test
  void aLensAndATrajectoryOfOtherTextsAreRefused() {
    try (var model = ToyModels.attentionOnly(1);
        var run = model.run(TOKENS, FollowedLens.plan());
        var other = model.run(Tokens.of(36, 7), FollowedLens.plan());
        var nothing = model.run(TOKENS, RunPlan.nothing())) {
      var lens = LogitLens.of(other, 1);
      var trajectory = LensTrajectory.of(run, 0);
      assertThatThrownBy(() -> new FollowedLens(lens, trajectory, List.of()))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("stages of 7 tokens, the lens 3 of 2");
      assertThatThrownBy(() -> FollowedLens.of(nothing, 1))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("LogitLens.plan()");
    }
  }

  @Test
  void ranksCountTheGreaterNumbers() {
    var random = new Random(7);
    float[] special = {Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, 0f, -0f};
    for (int round = 0; round < 200; round++) {
      float[] row = new float[1 + random.nextInt(300)];
      for (int i = 0; i < row.length; i++) {
        boolean odd = round % 4 == 0 && random.nextInt(10) == 0;
        row[i] = odd ? special[random.nextInt(special.length)] : (float) random.nextGaussian() * 10;
        row[i] = round % 3 == 0 ? Math.round(row[i]) : row[i]; // with ties
      }
      int[] ids = random.ints(random.nextInt(12), 0, row.length).toArray();
      int[] ranks = Ranks.of(row, ids);
      for (int i = 0; i < ids.length; i++) {
        int expected = 1;
        for (float number : row) {
          expected += number > row[ids[i]] ? 1 : 0;
        }
        assertThat(ranks[i]).isEqualTo(expected);
      }
    }
  }
}
