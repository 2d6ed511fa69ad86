package dev.fresnel.generate;

import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.RESID_PRE;
import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.model.Past;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.SmolLm2;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class GenerationTest {
  /** float32 sums of the same products in another order, through up to three layers. */
  private static final double ROUNDING = 1e-4;

  private static final GenerationOptions GREEDY =
      GenerationOptions.of(9).with(Sampling.greedy()).stoppingAtEos(false);

  private static int[] ints(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }

  private static int[] generated(Transformer model, GenerationOptions options, int... prompt) {
    try (var generation = Generation.of(model, Tokens.of(prompt), options)) {
      return generation.ids();
    }
  }

  @Test
  void aGreedyContinuationIsThatOfTransformerLens() {
    var cases = Golden.json(Golden.root().resolve("generation/case.json")).get("greedy");
    assertThat(cases).hasSize(3);
    for (JsonNode each : cases) {
      var folder = Golden.of(each.get("model").asText()).model();
      for (var options : List.of(LoadOptions.DEFAULT, LoadOptions.DEFAULT.raw())) {
        try (var model = Fresnel.load(folder, options)) {
          assertThat(generated(model, GREEDY, ints(each.get("prompt"))))
              .as(each.get("model").asText())
              .containsExactly(ints(each.get("ids")));
        }
      }
    }
  }

  @Test
  void aRealModelContinuesAsInTransformers() {
    try (var model = Fresnel.load(SmolLm2.file())) {
      var golden = Golden.json(Golden.root().resolve("smollm2/generation.json")).get("greedy");
      for (JsonNode each : golden) {
        var pieces = new StringBuilder();
        var options = GenerationOptions.of(each.get("ids").size()).with(Sampling.greedy());
        var prompt = model.tokens(each.get("prompt").asText());
        try (var made = Generation.of(model, prompt, options, t -> pieces.append(t.text()))) {
          assertThat(made.ids()).containsExactly(ints(each.get("ids")));
          assertThat(made.text().orElseThrow()).isEqualTo(each.get("text").asText());
          assertThat(pieces).hasToString(each.get("text").asText());
        }
      }
    }
  }

  /** A penalty depends on where the logits' zero is, so the weights are as they were stored. */
  @Test
  void aPenaltyOnRawWeightsContinuesAsInTransformers() {
    try (var model = Fresnel.load(SmolLm2.file(), LoadOptions.DEFAULT.raw())) {
      var golden = Golden.json(Golden.root().resolve("smollm2/generation.json")).get("penalized");
      assertThat(golden).hasSize(2);
      for (JsonNode each : golden) {
        double penalty = each.get("repetition_penalty").asDouble();
        var sampling = Sampling.greedy().withRepetitionPenalty(penalty);
        var options = GenerationOptions.of(each.get("ids").size()).with(sampling);
        var prompt = model.tokens(each.get("prompt").asText());
        assertThat(prompt.ids(0)).containsExactly(ints(each.get("prompt_ids")));
        try (var made = Generation.of(model, prompt, options)) {
          assertThat(made.ids()).containsExactly(ints(each.get("ids")));
          assertThat(made.text().orElseThrow()).isEqualTo(each.get("text").asText());
        }
      }
    }
  }

  /** Each step reads one token, and still gives the logits of a run of the whole text. */
  @Test
  void keptStepsAreTheActivationsOfTheWholeText() {
    for (Transformer model : ToyModels.all(3)) {
      var options = GREEDY.with(RunPlan.capture(RESID_PRE));
      try (var generation = Generation.of(model, Tokens.of(1, 2, 3), options);
          var whole =
              model.run(
                  Tokens.of(
                      IntStream.concat(IntStream.of(1, 2, 3), IntStream.of(generation.ids()))
                          .toArray()),
                  RunPlan.capture(RESID_PRE));
          var scope = Scope.open()) {
        assertThat(generation.runs()).hasSize(9);
        var expected = whole.cache().get(RESID_PRE, 1);
        for (int i = 0; i < 9; i++) {
          var found = generation.runs().get(i).cache().get(RESID_PRE, 1);
          int end = 3 + i;
          var part = expected.slice(POS, i == 0 ? 0 : end - 1, end);
          assertThat(found).as("step " + i).isCloseTo(part, ROUNDING);
        }
      }
    }
  }

  @Test
  void anEditIsMadeInEveryStep() {
    var model = ToyModels.gpt2Like(4);
    var seen = new ArrayList<Long>();
    var plan =
        RunPlan.nothing()
            .edit(
                RESID_PRE.at(1),
                (x, at) -> {
                  seen.add(x.size(POS));
                  return x.times(-1);
                });
    int[] edited = generated(model, GREEDY.with(plan), 1, 2, 3);
    assertThat(seen).containsExactly(3L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L);
    int[] text = {1, 2, 3};
    for (int id : edited) {
      // The same without a past: the whole text, edited, each time.
      try (var run = model.run(Tokens.of(text), plan);
          var scope = Scope.open()) {
        int best = Sampling.greedy().choose(run.logits(-1).floats(), text, null);
        assertThat(id).isEqualTo(best);
      }
      text = IntStream.concat(IntStream.of(text), IntStream.of(id)).toArray();
    }
  }

  @Test
  void theSameSeedGivesTheSameDraws() {
    var model = ToyModels.llamaLike(2);
    var drawn = GREEDY.with(Sampling.random().withTemperature(3));
    assertThat(generated(model, drawn.withSeed(4), 1, 2))
        .containsExactly(generated(model, drawn.withSeed(4), 1, 2))
        .isNotEqualTo(generated(model, drawn.withSeed(5), 1, 2));
  }

  @Test
  void theContextEndsIt() {
    var model = ToyModels.gpt2Like(1);
    int context = model.config().sizes().context();
    int[] prompt = new int[context - 2];
    var many = GenerationOptions.of(1000).with(Sampling.greedy());
    try (var generation = Generation.of(model, Tokens.of(prompt), many)) {
      assertThat(generation.ids()).hasSize(3);
      assertThat(generation.end()).isEqualTo(Generation.End.CONTEXT);
      assertThat(generation.text()).isEmpty();
      assertThat(generation.runs()).isEmpty();
    }
    assertThat(generated(model, many, new int[context])).hasSize(1);
    assertThatThrownBy(() -> generated(model, many, new int[context + 1]))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("reads at most " + context);
  }

  @Test
  void whatCannotBeDoneIsRefused() {
    var model = ToyModels.gpt2Like(1);
    assertThatThrownBy(() -> generated(model, GREEDY.stoppingAt("a"), 1))
        .hasMessageContaining("no tokenizer, so a stop string cannot be found");
    var two = Tokens.ofRows(List.of(new int[] {1}, new int[] {2}));
    assertThatThrownBy(() -> Generation.of(model, two, GREEDY))
        .hasMessageContaining("continue several with GenerationBatch");
    assertThatThrownBy(() -> GREEDY.with(RunPlan.capture(RESID_PRE).atPositions(0, 1)))
        .hasMessageContaining("leave out atPositions()");
    for (var plan :
        List.of(
            RunPlan.capture(RESID_PRE).stopAfterCapture(),
            RunPlan.capture(RESID_PRE).recordGradients())) {
      assertThatThrownBy(() -> GREEDY.with(plan))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("a whole run without gradients; leave out startAt(), stop");
    }
    assertThatThrownBy(() -> generated(model, GREEDY.with(RunPlan.nothing().stopAt(1)), 1))
        .hasMessageContaining("takes in whole runs");
  }

  @Test
  void aGrowingPastTakesOneRunAtATime() {
    var model = ToyModels.gpt2Like(1);
    try (var past = Past.growing(model, 4)) {
      RunPlan nested =
          RunPlan.nothing()
              .edit(
                  RESID_PRE.at(0),
                  (x, at) -> {
                    model.run(Tokens.of(1), RunPlan.nothing(), past).close();
                    return x;
                  });
      assertThatThrownBy(() -> model.run(Tokens.of(1), nested, past))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("another run is adding to this past");
      assertThat(past.length()).isZero();
      model.run(Tokens.of(1, 2, 3), RunPlan.nothing(), past).close();
      assertThat(past.length()).isEqualTo(3);
      assertThatThrownBy(() -> model.run(Tokens.of(1, 2), RunPlan.nothing(), past))
          .hasMessageContaining("room for 4 positions; it holds 3");
    }
    assertThatThrownBy(() -> Past.growing(model, 33)).hasMessageContaining("1 to 32");
  }

  /** A fixed past can be taken of a run that continued from a growing one. */
  @Test
  void aPastOfARunHoldsWhatTheGrowingPastHeldThen() {
    var model = ToyModels.llamaLike(1);
    try (var growing = Past.growing(model, 8);
        var first = model.run(Tokens.of(1, 2), Past.plan(model), growing);
        var second = model.run(Tokens.of(3), Past.plan(model), growing);
        var past = Past.of(second);
        var rest = model.run(Tokens.of(4), RunPlan.nothing(), past);
        var whole = model.run(Tokens.of(1, 2, 3, 4));
        var scope = Scope.open()) {
      assertThat(past.length()).isEqualTo(3);
      assertThat(rest.logits(-1)).isCloseTo(whole.logits(-1), ROUNDING);
      assertThat(first.past()).contains(growing);
    }
  }
}
