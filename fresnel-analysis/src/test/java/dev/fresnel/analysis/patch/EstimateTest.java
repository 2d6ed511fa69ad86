package dev.fresnel.analysis.patch;

import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.POS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.analysis.attribution.EdgeAttribution;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Metric;
import dev.fresnel.model.Transformer;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EstimateTest {
  private static final PromptPair PAIR =
      new PromptPair(Tokens.of(3, 1, 4, 1, 5, 9, 2), Tokens.of(3, 8, 4, 1, 7, 9, 2), 7, 11);
  private static final PromptPair SHORT =
      new PromptPair(Tokens.of(3, 1, 5), Tokens.of(3, 8, 5), 7, 11);
  private static final Transformer MODEL = ToyModels.llamaLike(3);

  static Stream<Arguments> measures() {
    return Stream.of(
        Arguments.of(Measure.logitDifference()),
        Arguments.of(Measure.logProbability()),
        Arguments.of(Measure.klDivergence()),
        Arguments.of(Measure.loss()),
        Arguments.of(
            Measure.ofLogits("seventh", (logits, pair) -> logits.select(D_VOCAB, pair.answer()))),
        Arguments.of(Measure.of("own", pair -> Metric.logProbability(2, 5))));
  }

  /** A sweep patches whole activations; a small step towards them shows the slope. */
  @ParameterizedTest
  @MethodSource("measures")
  void theEstimateIsTheSlopeOfAStepTowardsTheCleanActivation(Measure measure) {
    var patching = ActivationPatching.of(MODEL).what(PatchSite.MLP_OUT).measure(measure);
    var estimate = patching.estimate(List.of(PAIR));
    var exact = patching.run(PAIR);
    assertThat(estimate.clean()).isCloseTo(exact.clean(), within(1e-4));
    assertThat(estimate.corrupted()).isCloseTo(exact.corrupted(), within(1e-4));
    double step = 0.02;
    var kind = PatchSite.MLP_OUT.kind();
    try (var clean = MODEL.run(PAIR.clean(), RunPlan.capture(kind))) {
      var metric = measure.metric(clean, PAIR);
      for (int position : new int[] {1, 4, 6}) {
        double[] at = new double[2];
        for (int side = 0; side < 2; side++) {
          double share = side == 0 ? -step : step;
          var plan =
              RunPlan.nothing()
                  .edit(
                      kind.at(1),
                      (x, point) -> {
                        var there = x.select(POS, position);
                        var way = clean.cache().get(kind, 1).select(POS, position).minus(there);
                        return x.with(POS, position, there.plus(way.times(share)));
                      });
          try (var run = MODEL.run(PAIR.corrupted(), plan)) {
            at[side] = metric.of(run).item();
          }
        }
        double slope = (at[1] - at[0]) / (2 * step);
        // Float32 logits divided by a step of 0.04 leave three digits.
        assertThat(estimate.at(1, position) - estimate.corrupted())
            .as("position %d", position)
            .isCloseTo(slope, within(2e-3 * (1 + Math.abs(slope))));
      }
    }
  }

  @Test
  void headsAreEstimatedOverAllPositionsAndPairsAreAveraged() {
    var patching = ActivationPatching.of(MODEL).what(PatchSite.HEAD_K).by(PatchBy.HEAD);
    var both = patching.estimate(List.of(PAIR, SHORT));
    assertThat(both.axes()).isEqualTo(patching.run(PAIR).axes());
    double mean =
        (patching.estimate(List.of(PAIR)).at(1, 1) + patching.estimate(List.of(SHORT)).at(1, 1))
            / 2;
    assertThat(both.at(1, 1)).isCloseTo(mean, within(1e-6));
    assertThat(both.spread()).isNotNull();
    var by = patching.what(PatchSite.HEAD_K).estimate(List.of(PAIR));
    double sum = 0;
    for (int position = 0; position < PAIR.length(); position++) {
      sum += by.at(1, position, 1) - by.corrupted();
    }
    var one = patching.estimate(List.of(PAIR));
    assertThat(sum).isCloseTo(one.at(1, 1) - one.corrupted(), within(1e-5));
  }

  @Test
  void theOtherDirectionEstimatesFromTheCleanRun() {
    var patching =
        ActivationPatching.of(MODEL)
            .what(PatchSite.ATTN_OUT)
            .direction(Direction.CORRUPTED_INTO_CLEAN);
    var turned = new PromptPair(PAIR.corrupted(), PAIR.clean(), 7, 11);
    var same = patching.direction(Direction.CLEAN_INTO_CORRUPTED).estimate(List.of(turned));
    var found = patching.estimate(List.of(PAIR));
    assertThat(found.values()).containsExactly(same.values(), within(1e-6));
    assertThat(found.clean()).isCloseTo(same.corrupted(), within(1e-6));
    assertThatThrownBy(
            () -> ActivationPatching.of(MODEL).what(PatchSite.HEAD_PATTERN).estimate(List.of(PAIR)))
        .hasMessageContaining("patterns are not estimated");
  }

  @Test
  void edgesOfManyPairsAreMeans() {
    var patching = EdgePatching.of(MODEL);
    var sweep = patching.run(List.of(PAIR, SHORT));
    var metric = Metric.logitDifference(-1, 7, 11);
    var one = EdgeAttribution.of(MODEL, PAIR.clean(), PAIR.corrupted(), metric);
    var two = EdgeAttribution.of(MODEL, SHORT.clean(), SHORT.corrupted(), metric);
    var edge = one.ranked().get(0);
    int row = one.writers().indexOf(edge.writer());
    int column = one.readers().indexOf(edge.reader());
    double mean = (edge.effect() + two.at(edge.writer(), edge.reader())) / 2;
    assertThat(sweep.at(row, column) - sweep.corrupted()).isCloseTo(mean, within(1e-5));
    assertThat(patching.steps(3).run(List.of(PAIR)).method()).contains("3 steps");
    var shown = EdgePatching.strongest(sweep, 4);
    assertThat(shown.axes().get(0).size()).isBetween(1, 4);
    assertThat(shown.values()).contains(max(sweep));
    assertThat(sweep.csv().lines().skip(1).findFirst().orElseThrow()).startsWith("embed,L0H0.q,");
  }

  /** Batched exact patches are those of whole runs, one for each edge. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void exactEdgesAreThoseOfWholeRuns(boolean sharedKeys) {
    var model = sharedKeys ? MODEL : ToyModels.gpt2Like(3);
    var patching = EdgePatching.of(model);
    var estimates = patching.run(List.of(PAIR));
    int all = estimates.state().computed();
    var exact = patching.exact(estimates, all, List.of(PAIR));
    assertThat(exact.complete()).isTrue();
    var metric = Metric.logitDifference(-1, 7, 11);
    var edges = EdgeAttribution.of(model, PAIR.clean(), PAIR.corrupted(), metric).edges();
    assertThat(edges).hasSize(all);
    var expected = EdgeAttribution.exact(model, PAIR.clean(), PAIR.corrupted(), metric, edges);
    for (var edge : expected) {
      int row = exact.axes().get(0).labels().indexOf(edge.writer().label());
      int column = exact.axes().get(1).labels().indexOf(edge.reader().label());
      // Another order of sums, in float32.
      assertThat(exact.at(row, column) - exact.corrupted())
          .as(edge.label())
          .isCloseTo(edge.effect(), within(1e-4));
    }
    var few = patching.exact(estimates, 5, List.of(PAIR, SHORT));
    assertThat(Arrays.stream(few.values()).filter(x -> !Double.isNaN(x))).hasSize(5);
    assertThat(few.state().done()).isEqualTo(10);
  }

  @Test
  void aPairThatNeedsMoreMemoryThanAllowedIsRefused() {
    var patching = ActivationPatching.of(MODEL).what(PatchSite.MLP_OUT);
    var edges = EdgePatching.of(MODEL);
    assertThat(edges.peakBytes(7)).isGreaterThan(edges.peakBytes(3));
    assertThatThrownBy(() -> edges.memory(1000).run(List.of(PAIR)))
        .hasMessageContaining("one pair of these texts needs about");
    assertThatThrownBy(() -> patching.memory(1000).estimate(List.of(PAIR)))
        .hasMessageContaining("and 1 MB are allowed");
  }

  /** The value of the edge with the largest effect. */
  private static double max(Sweep sweep) {
    double best = sweep.corrupted();
    for (double value : sweep.values()) {
      if (Math.abs(value - sweep.corrupted()) > Math.abs(best - sweep.corrupted())) {
        best = value;
      }
    }
    return best;
  }
}
