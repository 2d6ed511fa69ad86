package dev.fresnel.generate;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.RESID_PRE;
import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.Fresnel;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GenerationBatchTest {
  private static final List<Tokens> PROMPTS =
      List.of(Tokens.of(1, 2, 3, 4, 5), Tokens.of(6), Tokens.of(7, 8, 9), Tokens.of(7, 8, 9));

  /** Draws, since greedy toys soon repeat one token, and then equal texts prove little. */
  private static final GenerationOptions DRAWN =
      GenerationOptions.of(9)
          .with(Sampling.random().withTemperature(2).withRepetitionPenalty(1.1))
          .withSeed(5);

  @Test
  void everyTextIsContinuedAsAlone() {
    for (Transformer model : ToyModels.all(3)) {
      for (var options : List.of(DRAWN, DRAWN.with(Sampling.greedy()))) {
        try (var batch = GenerationBatch.of(model, PROMPTS, options)) {
          for (int i = 0; i < PROMPTS.size(); i++) {
            try (var alone =
                Generation.of(model, PROMPTS.get(i), options.withSeed(options.seed() + i))) {
              assertThat(batch.texts().get(i).ids()).as("text %d", i).containsExactly(alone.ids());
              assertThat(batch.texts().get(i).end()).isEqualTo(alone.end());
            }
          }
          assertThat(batch.runs()).isEmpty();
        }
      }
    }
  }

  @Test
  void equalPromptsAreDrawnDifferently() {
    try (var batch = GenerationBatch.of(ToyModels.llamaLike(3), PROMPTS, DRAWN)) {
      assertThat(batch.texts().get(2).ids()).isNotEqualTo(batch.texts().get(3).ids());
    }
  }

  @Test
  void aStopStringEndsItsTextAlone() {
    try (var model = Fresnel.load("by-hand")) {
      var prompts = List.of(model.tokens("abcd..ab"), model.tokens("xyzx"));
      var options = GenerationOptions.of(4).with(Sampling.greedy()).stoppingAt("d");
      try (var batch = GenerationBatch.of(model, prompts, options)) {
        assertThat(batch.texts().get(0).text()).contains("c");
        assertThat(batch.texts().get(0).end()).isEqualTo(Generation.End.STOP_STRING);
        assertThat(batch.texts().get(1).text()).contains("yzxy");
        assertThat(batch.texts().get(1).end()).isEqualTo(Generation.End.LENGTH);
      }
    }
  }

  @Test
  void editsActOnEveryTextAndKeptStepsAreEachTextsOwn() {
    var model = ToyModels.gpt2Like(4);
    var seen = new ArrayList<Long>();
    var plan =
        RunPlan.capture(RESID_PRE)
            .edit(
                RESID_PRE.at(1),
                (x, at) -> {
                  seen.add(x.size(BATCH));
                  return x.times(-1);
                });
    var options = DRAWN.with(plan);
    try (var batch = GenerationBatch.of(model, PROMPTS.subList(0, 2), options);
        var alone = Generation.of(model, PROMPTS.get(1), options.withSeed(6));
        var scope = Scope.open()) {
      assertThat(batch.texts().get(1).ids()).containsExactly(alone.ids());
      assertThat(batch.runs()).hasSize(9);
      assertThat(seen).startsWith(2L, 2L, 2L);
      for (int step = 0; step < 9; step++) {
        var all = batch.runs().get(step).cache().get(RESID_PRE, 1).slice(BATCH, 1, 2);
        long length = all.size(POS);
        // The text has one token of its own in the first step, behind four of padding.
        assertThat(all.slice(POS, length - 1, length))
            .as("step %d", step)
            .isCloseTo(alone.runs().get(step).cache().get(RESID_PRE, 1), 1e-4);
      }
    }
  }

  @Test
  void textsThatMayFillTheContextAreContinuedOneByOne() {
    var model = ToyModels.gpt2Like(1);
    int context = model.config().sizes().context();
    var prompts = List.of(Tokens.of(new int[context - 2]), Tokens.of(3));
    var options = GenerationOptions.of(6).with(Sampling.greedy());
    try (var batch = GenerationBatch.of(model, prompts, options)) {
      assertThat(batch.texts().get(0).end()).isEqualTo(Generation.End.CONTEXT);
      assertThat(batch.texts().get(0).ids()).hasSize(3);
      assertThat(batch.texts().get(1).ids()).hasSize(6);
    }
    var keeps = options.with(RunPlan.capture(RESID_PRE));
    assertThatThrownBy(() -> GenerationBatch.of(model, prompts, keeps))
        .hasMessageContaining("one by one");
    assertThatThrownBy(() -> GenerationBatch.of(model, List.of(), options))
        .hasMessageContaining("at least one");
    var two = Tokens.ofRows(List.of(new int[] {1}, new int[] {2}));
    assertThatThrownBy(() -> GenerationBatch.of(model, List.of(two), options))
        .hasMessageContaining("prompt 0");
  }
}
