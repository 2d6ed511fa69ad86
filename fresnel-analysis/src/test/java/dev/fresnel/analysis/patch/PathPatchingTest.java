package dev.fresnel.analysis.patch;

import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.HookKind.K_INPUT;
import static dev.fresnel.hook.HookKind.Q;
import static dev.fresnel.hook.HookKind.Z;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.patch.PathPatching.Input;
import dev.fresnel.analysis.patch.PathPatching.Route;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Metric;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PathPatchingTest {
  private static final double TOLERANCE = 1e-4;
  private static final PromptPair PAIR =
      new PromptPair(Tokens.of(3, 1, 4, 1, 5, 9), Tokens.of(3, 8, 4, 1, 7, 9), 7, 11);
  private static final Metric METRIC = Metric.logitDifference(-1, 7, 11);

  @Test
  void theDirectPathAddsWhatTheSenderWritesToOneInputOfTheReceiver() {
    var model = ToyModels.llamaLike(3);
    var sweep = PathPatching.of(model, new HeadId(2, 4), Input.K).run(PAIR);
    try (var clean = model.run(PAIR.clean(), RunPlan.capture(Z));
        var corrupted = model.run(PAIR.corrupted(), RunPlan.capture(Z))) {
      var plan =
          RunPlan.nothing()
              .edit(
                  K_INPUT.at(2),
                  (x, at) -> {
                    var more = clean.cache().get(Z, 0).minus(corrupted.cache().get(Z, 0));
                    var sent = model.headResults(0, more).select(HEAD, 3);
                    return x.with(KV_HEAD, 1, x.select(KV_HEAD, 1).plus(sent));
                  });
      try (var run = model.run(PAIR.corrupted(), plan)) {
        assertThat(sweep.at(0, 3)).isCloseTo(METRIC.of(run).item(), within(TOLERANCE));
      }
    }
    assertThat(sweep.axes().get(0).size()).isEqualTo(2);
  }

  @Test
  void throughMlpsTheOtherHeadsKeepTheirCorruptedValues() {
    var model = ToyModels.gpt2Like(3);
    var sweep =
        PathPatching.of(model, new HeadId(2, 1), Input.Q).route(Route.THROUGH_MLPS).run(PAIR);
    try (var clean = model.run(PAIR.clean(), RunPlan.capture(Z));
        var corrupted = model.run(PAIR.corrupted(), RunPlan.capture(Z))) {
      var responding =
          RunPlan.capture(Q.at(2))
              .edit(Z.at(0), (z, at) -> z.with(HEAD, 3, clean.cache().get(Z, 0).select(HEAD, 3)))
              .edit(Z.at(1), (z, at) -> corrupted.cache().get(Z, 1))
              .stopAfterCapture();
      try (var response = model.run(PAIR.corrupted(), responding);
          var run =
              model.run(
                  PAIR.corrupted(),
                  RunPlan.nothing()
                      .edit(
                          Q.at(2),
                          (q, at) ->
                              q.with(HEAD, 1, response.cache().get(Q, 2).select(HEAD, 1))))) {
        assertThat(sweep.at(0, 3)).isCloseTo(METRIC.of(run).item(), within(TOLERANCE));
      }
    }
  }

  @Test
  void withoutMlpsBetweenBothRoutesAreOne() {
    var model = ToyModels.attentionOnly(3);
    var direct = PathPatching.of(model, new HeadId(1, 1), Input.V);
    var through = direct.route(Route.THROUGH_MLPS).run(PAIR);
    var found = direct.run(PAIR);
    for (int head = 0; head < 4; head++) {
      assertThat(found.at(0, head)).isCloseTo(through.at(0, head), within(TOLERANCE));
    }
    assertThat(direct.measure(Measure.klDivergence()).run(PAIR).at(0, 0)).isNotNegative();
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void aSweepInSmallBatchesGivesTheSameNumbersInLessMemory(Route route) {
    var path = PathPatching.of(ToyModels.gpt2Like(3), new HeadId(2, 1), Input.K).route(route);
    long bound = path.peakBytes(6) / 4;
    var little = path.memory(bound);
    assertThat(little.peakBytes(6)).isLessThanOrEqualTo(bound);
    assertThat(little.run(PAIR).values())
        .containsExactly(path.run(PAIR).values(), within(TOLERANCE));
    assertThatThrownBy(() -> path.memory(10).run(PAIR)).hasMessageContaining("1 MB are allowed");
  }

  @Test
  void aReceiverNeedsALayerBeforeIt() {
    var model = ToyModels.gpt2Like(3);
    assertThatThrownBy(() -> PathPatching.of(model, new HeadId(0, 1), Input.Q))
        .hasMessageContaining("nothing sends to L0H1");
    assertThatThrownBy(() -> PathPatching.of(model, new HeadId(3, 1), Input.Q))
        .hasMessageContaining("there is no head L3H1");
  }
}
