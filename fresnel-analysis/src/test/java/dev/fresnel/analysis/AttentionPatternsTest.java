package dev.fresnel.analysis;

import static dev.fresnel.hook.HookKind.PATTERN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.load.Loading;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionPatternsTest {
  private static final Tokens TEXT = Tokens.of(7, 8, 9, 7, 8, 9, 3);

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "neox", "bloom", "gemma2", "tl-shortformer"})
  void aPatternThatIsComputedAgainIsTheRunsOwn(String family) {
    try (var model = Loading.byPath(Golden.of(family).model(), LoadOptions.DEFAULT);
        var run = model.run(TEXT, AttentionPatterns.plan());
        var kept = model.run(TEXT, AttentionPattern.plan())) {
      var again = AttentionPatterns.of(run);
      assertThat(again).hasSize(model.layers());
      for (int layer = 0; layer < model.layers(); layer++) {
        var one = again.get(layer);
        var other = AttentionPattern.of(kept, layer);
        assertThat(one.tokens()).isEqualTo(other.tokens());
        // float32 products of other blocks
        for (int head = 0; head < one.heads(); head++) {
          for (int row = 0; row < TEXT.length(); row++) {
            assertThat(one.weights()[head][row])
                .containsExactly(other.weights()[head][row], within(1e-6f));
          }
        }
      }
    }
  }

  @Test
  void scoresOfPatternsAreThoseOfTheRun() {
    try (var model = ToyModels.attentionOnly(1);
        var run = model.run(TEXT, AttentionPattern.plan())) {
      var detectors = HeadDetector.all();
      var scores = HeadDetector.scores(detectors, AttentionPatterns.of(run));
      for (int i = 0; i < scores.size(); i++) {
        var one = detectors.get(i).score(run);
        assertThat(scores.get(i).detector()).isEqualTo(one.detector());
        assertThat(scores.get(i).cells()).isEqualTo(one.cells());
        for (var head : one.values().all()) {
          // float32 sums in another order
          assertThat(scores.get(i).values().at(head.head())).isCloseTo(head.score(), within(1e-6));
        }
      }
      assertThatThrownBy(() -> HeadDetector.scores(detectors, List.of()))
          .hasMessageContaining("AttentionPatterns.of(run)");
    }
  }

  @Test
  void editsCannotBeForgotten() {
    var edited = AttentionPatterns.plan().edit(HookKind.Q.at(0), (q, at) -> q.times(0));
    try (var model = ToyModels.attentionOnly(1)) {
      try (var run = model.run(TEXT, edited)) {
        assertThatThrownBy(() -> AttentionPatterns.of(run))
            .hasMessageContaining("edits activations")
            .hasMessageContaining("AttentionPattern.plan()");
      }
      try (var run = model.run(TEXT, edited.and(RunPlan.capture(PATTERN)))) {
        assertThat(AttentionPatterns.of(run).get(0)).isEqualTo(AttentionPattern.of(run, 0));
      }
      try (var run = model.run(TEXT)) {
        assertThatThrownBy(() -> AttentionPatterns.of(run))
            .hasMessageContaining("AttentionPatterns.plan()");
      }
    }
  }

  @Test
  void resultsSayInShortWhatTheyHold() {
    try (var model = ToyModels.attentionOnly(1);
        var run = model.run(TEXT, HeadDetector.induction().plan())) {
      assertThat(run.toString())
          .contains(model.config().name(), "7 tokens", "captured PATTERN in 2 of 2 layers");
      assertThat(HeadDetector.induction().score(run).toString())
          .startsWith("HeadScores[induction over 3 cells: L")
          .endsWith("… of 8 heads]");
      assertThat(HeadDetector.of("never", (tokens, query, key) -> false).score(run).toString())
          .contains("never: the text has no cell for it");
      assertThat(model.run(TEXT).cache().toString()).isEqualTo("nothing captured");
    }
  }
}
