package dev.fresnel.analysis;

import static dev.fresnel.hook.HookKind.PATTERN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Scores on attention that is made by hand: a hook puts it where the model's own would be. */
class HeadDetectorTest {
  private static final Tokens REPEATED = Tokens.of(7, 8, 9, 7, 8, 9);
  private final Transformer model = ToyModels.attentionOnly(1);

  /** Every head of every layer attends from query q to the keys of row q, evenly. */
  private HeadScores score(HeadDetector detector, Tokens tokens, int[][] attended) {
    var plan =
        RunPlan.capture(PATTERN)
            .edit(
                PATTERN,
                (pattern, at) -> {
                  float[] values = pattern.times(0).floats();
                  int length = tokens.length();
                  int heads = values.length / (length * length);
                  for (int head = 0; head < heads; head++) {
                    for (int query = 0; query < length; query++) {
                      for (int key : attended[query]) {
                        values[(head * length + query) * length + key] =
                            1f / attended[query].length;
                      }
                    }
                  }
                  return Tensor.of(pattern.shape(), values);
                });
    try (var run = model.run(tokens, plan)) {
      return detector.score(run);
    }
  }

  @Test
  void inductionScoreIsOneForAPerfectCopyHead() {
    int[][] copying = {{0}, {0}, {0}, {1}, {2}, {3}};
    var scores = score(HeadDetector.induction(), REPEATED, copying);
    assertThat(scores.values().at(new HeadId(1, 2))).isEqualTo(1);
    assertThat(scores.cells()).isEqualTo(3);
    assertThat(scores.above(0.99)).hasSize(8);
    assertThat(scores.above(1)).isEmpty();
  }

  @Test
  void theRulesAreTheWorkshops() {
    int[][] even = {{0}, {0, 1}, {0, 1, 2}, {0, 1, 2, 3}, {0, 1, 2, 3, 4}, {0, 1, 2, 3, 4, 5}};
    assertThat(score(HeadDetector.currentToken(), REPEATED, even).values().at(new HeadId(0, 0)))
        .isCloseTo((1 + 1 / 2. + 1 / 3. + 1 / 4. + 1 / 5. + 1 / 6.) / 6, within(1e-6));
    assertThat(score(HeadDetector.previousToken(), REPEATED, even).values().at(new HeadId(0, 0)))
        .isCloseTo((1 / 2. + 1 / 3. + 1 / 4. + 1 / 5. + 1 / 6.) / 5, within(1e-6));
    assertThat(score(HeadDetector.firstToken(), REPEATED, even).values().at(new HeadId(0, 0)))
        .isCloseTo((1 + 1 / 2. + 1 / 3. + 1 / 4. + 1 / 5. + 1 / 6.) / 6, within(1e-6));
    assertThat(score(HeadDetector.duplicateToken(), REPEATED, even).values().at(new HeadId(0, 0)))
        .isCloseTo((1 / 4. + 1 / 5. + 1 / 6.) / 3, within(1e-6));
  }

  @Test
  void onlyTheLatestEarlierOccurrenceCounts() {
    var tokens = Tokens.of(5, 1, 5, 2, 5);
    int[][] latest = {{0}, {0}, {0}, {0}, {2}};
    assertThat(score(HeadDetector.duplicateToken(), tokens, latest).values().at(new HeadId(0, 0)))
        .isEqualTo(1);
    int[][] older = {{0}, {0}, {0}, {0}, {0}};
    assertThat(score(HeadDetector.duplicateToken(), tokens, older).values().at(new HeadId(0, 0)))
        .isEqualTo(0.5);
  }

  @Test
  void aTokenRepeatedAtOnceIsItsOwnInductionTarget() {
    int[][] self = {{0}, {1}, {2}};
    var scores = score(HeadDetector.induction(), Tokens.of(5, 5, 5), self);
    assertThat(scores.values().at(new HeadId(0, 0))).isEqualTo(1);
    assertThat(scores.cells()).isEqualTo(2);
  }

  @Test
  void aRuleThatHoldsNowhereHasNoScore() {
    var scores = score(HeadDetector.induction(), Tokens.of(1, 2, 3), new int[][] {{0}, {0}, {0}});
    assertThat(scores.defined()).isFalse();
    assertThat(scores.values().at(new HeadId(0, 0))).isNaN();
    assertThat(scores.above(0)).isEmpty();
  }

  @Test
  void aRuleOfOnesOwnIsAveragedLikeTheOthers() {
    var twoBack = HeadDetector.of("two-back", (tokens, query, key) -> key == query - 2);
    int[][] pattern = {{0}, {0}, {0}, {1}, {0, 2}, {0}};
    assertThat(score(twoBack, REPEATED, pattern).values().at(new HeadId(1, 3)))
        .isCloseTo(2.5 / 4, within(1e-6));
  }

  @Test
  void aBatchIsAveragedOverTheCellsOfAllItsTextsWithoutPadding() {
    var batch = Tokens.leftPadded(List.of(new int[] {7, 8, 7, 8}, new int[] {3, 3}), 0);
    try (var run = model.run(batch, RunPlan.capture(PATTERN));
        var first = model.run(Tokens.of(7, 8, 7, 8), RunPlan.capture(PATTERN));
        var second = model.run(Tokens.of(3, 3), RunPlan.capture(PATTERN))) {
      var detector = HeadDetector.induction();
      var both = detector.score(run);
      var one = detector.score(first);
      var two = detector.score(second);
      assertThat(both.cells()).isEqualTo(3);
      assertThat(both.values().at(new HeadId(1, 0)))
          .isCloseTo(
              (2 * one.values().at(new HeadId(1, 0)) + two.values().at(new HeadId(1, 0))) / 3,
              within(1e-5));
    }
  }

  @Test
  void whatADetectorNeedsIsSaid() {
    try (var nothing = model.run(REPEATED);
        var part = model.run(REPEATED, RunPlan.capture(PATTERN).atPositions(0, 2))) {
      assertThatThrownBy(() -> HeadDetector.induction().score(nothing))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("blocks.0.attn.hook_pattern was not captured")
          .hasMessageContaining("run the model with HeadDetector.plan()");
      assertThatThrownBy(() -> AttentionPattern.of(nothing, 1))
          .hasMessageContaining("AttentionPattern.plan()");
      assertThatThrownBy(() -> HeadDetector.induction().score(part))
          .hasMessageContaining("2 of 6 positions");
    }
  }

  @Test
  void ofABatchAPatternNeedsToKnowTheText() {
    var both = Tokens.ofRows(List.of(REPEATED.ids(0), new int[] {1, 2, 3, 4, 5, 6}));
    try (var run = model.run(both, AttentionPattern.plan())) {
      assertThatThrownBy(() -> AttentionPattern.of(run, 0))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("the run holds 2");
      assertThat(AttentionPattern.of(run, 0, 1).tokens().get(0).id()).isEqualTo(1);
      assertThatThrownBy(() -> AttentionPattern.of(run, 9, 1))
          .hasMessage("there is no layer 9: the model has layers 0 to 1");
      assertThatThrownBy(() -> AttentionPattern.of(run, 0, 1).row(4, 0))
          .hasMessageContaining("heads are 0 to 3");
    }
  }

  @Test
  void anAttentionPatternIsTheRunsOwn() {
    try (var run = model.run(REPEATED, RunPlan.capture(PATTERN))) {
      var pattern = AttentionPattern.of(run, 1);
      assertThat(pattern.heads()).isEqualTo(4);
      assertThat(pattern.tokens())
          .extracting(token -> token.id())
          .containsExactly(7, 8, 9, 7, 8, 9);
      float[] flat = run.cache().get(PATTERN, 1).floats();
      assertThat(pattern.row(2, 4)).containsExactly(java.util.Arrays.copyOfRange(flat, 96, 102));
    }
  }
}
