package dev.fresnel.analysis;

import static dev.fresnel.hook.HookKind.MLP_OUT;
import static dev.fresnel.hook.HookKind.RESID_PRE;
import static dev.fresnel.hook.HookKind.Z;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.analysis.Attribution.Component;
import dev.fresnel.analysis.Attribution.Method;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.Dims;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Past;
import dev.fresnel.model.Provenance;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.Norm;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogitAttributionTest {
  private static final Tokens TOKENS = Tokens.of(36, 4, 9, 4, 9, 1, 30, 4, 17);

  static Stream<Transformer> models() {
    return Stream.of(1L, 2L).flatMap(seed -> ToyModels.all(seed).stream());
  }

  private static double sum(Attribution attribution) {
    return attribution.scores().all().stream().mapToDouble(ScoredHead::score).sum()
        + attribution.components().stream().mapToDouble(Component::score).sum();
  }

  @ParameterizedTest
  @MethodSource("models")
  void sharesAddUpToTheLogit(Transformer model) {
    try (var run = model.run(TOKENS, LogitAttribution.plan(model))) {
      for (int position : new int[] {0, 3, 7}) {
        var attribution = LogitAttribution.ofNextToken(run, position);
        assertThat(sum(attribution)).isCloseTo(attribution.logit(), within(1e-4));
        assertThat(attribution.target().id()).isEqualTo(TOKENS.id(0, position + 1));
      }
    }
  }

  /** Gemma 2's and BLOOM's ways, on GPT-2's shape. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void sharesAddUpThroughNormsBehindAttentionAndBehindTheEmbedding(boolean normsBehind) {
    var rms = new Norm.Rms(1e-6, Norm.Weights.OWN);
    var layer = new Norm.Layer(1e-5, Norm.Weights.OWN);
    var config = ToyModels.gpt2Like(3).config().withEmbeddingNorm(layer);
    if (normsBehind) {
      config = config.withNormBehind(rms).withEmbeddingNorm(new Norm.None());
    }
    var weights = new LinkedHashMap<>(ToyModels.weights(config, 3));
    for (String name : List.of("embed.ln.w", "blocks.0.ln1_post.w", "blocks.1.ln2_post.w")) {
      weights.put(name, weights.get("ln_final.w"));
    }
    var provenance = new Provenance("toy", "toy", List.of(), "random", 0);
    try (var model = new Transformer(config, weights, null, provenance);
        var run = model.run(TOKENS, LogitAttribution.plan(model));
        var onlyZ = model.run(TOKENS, RunPlan.capture(Z))) {
      for (int position : new int[] {0, 3, 7}) {
        var attribution = LogitAttribution.ofNextToken(run, position);
        assertThat(sum(attribution)).isCloseTo(attribution.logit(), within(1e-4));
      }
      assertThatThrownBy(() -> LogitAttribution.ofNextToken(onlyZ, 3))
          .hasMessageContaining("LogitAttribution.plan(model)");
    }
  }

  @Test
  void aRunThatContinuedFromAPastIsRefused() {
    var model = ToyModels.gpt2Like(4);
    try (var first = model.run(Tokens.of(1, 2, 3), Past.plan(model));
        var past = Past.of(first);
        var rest = model.run(Tokens.of(4, 5), LogitAttribution.plan(model), past);
        var patterns = model.run(Tokens.of(4, 5), AttentionPattern.plan(), past)) {
      assertThatThrownBy(() -> LogitAttribution.ofNextToken(rest, 0))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("continued from 3 positions");
      assertThatThrownBy(() -> HeadDetector.induction().score(patterns))
          .hasMessageContaining("run the whole text");
      assertThatThrownBy(() -> AttentionPattern.of(patterns, 0))
          .hasMessageContaining("run the whole text");
    }
  }

  @Test
  void eachMlpIsAShareWhereItWasCapturedElseTheyAreOne() {
    var model = ToyModels.gpt2Like(3);
    try (var each = model.run(TOKENS, RunPlan.capture(Z, MLP_OUT));
        var together = model.run(TOKENS, RunPlan.capture(Z))) {
      var parts = LogitAttribution.ofNextToken(each, 5);
      var whole = LogitAttribution.ofNextToken(together, 5);
      assertThat(parts.components())
          .extracting(Component::name)
          .containsExactly("embed", "pos_embed", "L0 mlp", "L1 mlp", "L2 mlp", "bias");
      assertThat(whole.components())
          .extracting(Component::name)
          .containsExactly("embed", "pos_embed", "mlps", "bias");
      double mlps = parts.components().subList(2, 5).stream().mapToDouble(Component::score).sum();
      assertThat(whole.components().get(2).score()).isCloseTo(mlps, within(1e-4));
    }
  }

  @Test
  void aShortformersPositionsAreNotInItsResidualStream() {
    try (var run = ToyModels.shortformer(4).run(TOKENS, RunPlan.capture(Z))) {
      assertThat(LogitAttribution.ofNextToken(run, 2).components())
          .extracting(Component::name)
          .containsExactly("embed", "bias");
    }
  }

  @Test
  void theWorkshopsMethodUnembedsEachResultWithTheBiasAndNoNorm() {
    var model = ToyModels.gpt2Like(5);
    try (var run = model.run(TOKENS, RunPlan.capture(Z))) {
      var attribution = LogitAttribution.ofNextToken(run, 6, Method.WORKSHOP);
      var results = run.cache().get(dev.fresnel.hook.HookKind.RESULT, 1);
      var logits =
          model.unembed(results).select(Dims.BATCH, 0).select(Dims.POS, 6).select(Dims.D_VOCAB, 4);
      float[] expected = logits.floats();
      for (int head = 0; head < expected.length; head++) {
        assertThat(attribution.scores().at(new HeadId(1, head)))
            .isCloseTo(expected[head], within(1e-4));
      }
      assertThat(attribution.components()).isEmpty();
    }
  }

  @Test
  void aPositionWithoutANextTokenSaysWhichHaveOne() {
    try (var run = ToyModels.gpt2Like(6).run(TOKENS, RunPlan.capture(Z))) {
      assertThatThrownBy(() -> LogitAttribution.ofNextToken(run, 8))
          .hasMessageContaining("position 8 has no next token")
          .hasMessageContaining("0 to 7");
      assertThatThrownBy(() -> LogitAttribution.ofNextToken(run, -1)).hasMessageContaining("-1");
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void oneRunServesAllAnalysesWhosePlansAreJoined(Transformer model) {
    var detector = HeadDetector.induction();
    var plan = detector.plan().and(LogitAttribution.plan(model)).and(LogitLens.plan());
    try (var run = model.run(TOKENS, plan)) {
      assertThat(detector.score(run).values().layers()).isEqualTo(model.layers());
      assertThat(sum(LogitAttribution.ofNextToken(run, 3)))
          .isCloseTo(run.logits(3).floats()[TOKENS.id(0, 4)], within(1e-4));
      assertThat(LogitLens.of(run, 1).stages()).hasSize(model.layers() + 1);
    }
  }

  @Test
  void anAnalysisNamesThePlanThatItNeeds() {
    var model = ToyModels.gpt2Like(6);
    try (var nothing = model.run(TOKENS);
        var part = model.run(TOKENS, LogitAttribution.plan(model).atPositions(3, 4))) {
      assertThatThrownBy(() -> LogitAttribution.ofNextToken(nothing, 3))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("blocks.0.attn.hook_z was not captured")
          .hasMessageContaining("LogitAttribution.plan(model)");
      assertThatThrownBy(() -> LogitAttribution.ofNextToken(part, 3))
          .hasMessageContaining("captured at 1 of 9 positions")
          .hasMessageContaining("without atPositions()");
      assertThatThrownBy(() -> LogitLens.of(nothing, 3))
          .hasMessageContaining("hook_resid_pre was not captured")
          .hasMessageContaining("LogitLens.plan()");
    }
  }

  @Test
  void theLastStageOfALensIsTheModelsOwnPrediction() {
    for (Transformer model : ToyModels.all(7)) {
      try (var run = model.run(TOKENS, RunPlan.capture(RESID_PRE))) {
        var lens = LogitLens.of(run, 3);
        assertThat(lens.stages()).startsWith("0_pre", "1_pre").endsWith("final_post");
        assertThat(lens.predictions()).hasSize(model.layers() + 1);
        for (int position = 0; position < TOKENS.length(); position++) {
          var own = NextTokens.of(run, position, 3);
          var last = lens.predictions().get(model.layers()).get(position);
          assertThat(last.get(0).token()).isEqualTo(own.get(0).token());
          assertThat(last.get(0).logit()).isCloseTo(own.get(0).logit(), within(1e-4));
        }
      }
    }
  }

  @Test
  void aTokenOfChoiceHasItsRankAndProbability() {
    try (var run = ToyModels.llamaLike(8).run(TOKENS)) {
      var top = NextTokens.of(run, 8, 37);
      var third = top.get(2);
      var chosen = NextTokens.of(run, 8, third.token());
      assertThat(chosen.rank()).isEqualTo(3);
      assertThat(chosen.probability()).isCloseTo(third.probability(), within(1e-6));
      assertThat(top.stream().mapToDouble(Prediction::probability).sum())
          .isCloseTo(1, within(1e-5));
    }
  }
}
