package dev.fresnel.analysis.patch;

import static dev.fresnel.hook.Dims.D_VOCAB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Metric;
import dev.fresnel.model.Transformer;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ActivationPatchingTest {
  /** What the sweep shares with the base run may differ from a whole run in the last bits. */
  private static final double TOLERANCE = 1e-4;

  private static final PromptPair PAIR =
      new PromptPair(Tokens.of(3, 1, 4, 1, 5, 9, 2), Tokens.of(3, 8, 4, 1, 7, 9, 2), 7, 11);

  static Stream<Measure> measures() {
    return Stream.of(
        Measure.logitDifference(),
        Measure.logProbability(),
        Measure.klDivergence(),
        Measure.loss(),
        Measure.ofLogits("greatest", (logits, pair) -> logits.max(D_VOCAB)),
        Measure.of("third token", pair -> Metric.logProbability(2, pair.answer())));
  }

  /** The plain method computes the last layer at all positions, a sweep where its measure reads. */
  @ParameterizedTest
  @MethodSource("measures")
  void everyMeasureGivesTheNumbersOfWholeRuns(Measure measure) {
    for (Transformer model : List.of(ToyModels.gpt2Like(3), ToyModels.llamaLike(3))) {
      for (PatchSite site : List.of(PatchSite.RESID_PRE, PatchSite.MLP_OUT, PatchSite.HEAD_K)) {
        assertClose(
            ActivationPatching.of(model).what(site).measure(measure).run(PAIR).values(),
            plain(model, site, PatchBy.POSITION, PAIR, measure));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(PatchSite.class)
  void aSweepGivesTheNumbersOfWholeRuns(PatchSite site) {
    for (Transformer model : List.of(ToyModels.gpt2Like(3), ToyModels.llamaLike(3))) {
      for (PatchBy by : PatchBy.values()) {
        boolean possible =
            by == PatchBy.POSITION
                || by == PatchBy.HEAD && site.ofHeads()
                || by == PatchBy.SOURCE && site == PatchSite.HEAD_PATTERN;
        boolean slow = by == PatchBy.SOURCE && model.config().sizes().keyValueHeads() < 4;
        if (possible && !slow) {
          var patching = ActivationPatching.of(model).what(site).by(by);
          assertClose(
              patching.run(PAIR).values(), plain(model, site, by, PAIR, Measure.logitDifference()));
        }
      }
    }
  }

  /** The plain method: a whole run per cell, with one edit. */
  private static double[] plain(
      Transformer model, PatchSite site, PatchBy by, PromptPair pair, Measure measure) {
    var numbers = new ArrayList<Double>();
    try (var clean = model.run(pair.clean(), RunPlan.capture(site.kind()))) {
      var metric = measure.metric(clean, pair);
      var cells =
          new PatchCells(site, by, model.config().sizes(), pair.length())
              .all(layer -> clean.cache().get(site.kind(), layer), 0);
      for (Cell cell : cells) {
        var plan =
            RunPlan.nothing()
                .edit(site.kind().at(cell.layer()), (x, at) -> cell.edit().apply(x, 0));
        try (var run = model.run(pair.corrupted(), plan)) {
          numbers.add(metric.of(run).item());
        }
      }
    }
    return numbers.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static void assertClose(double[] found, double[] expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i])
          .as("cell %d", i)
          .isCloseTo(expected[i], within(TOLERANCE * (1 + Math.abs(expected[i]))));
    }
  }

  @Test
  void aMetricOfOnesOwnGivesWhatTheBuiltInOneGives() {
    var model = ToyModels.llamaLike(5);
    var patching = ActivationPatching.of(model).what(PatchSite.ATTN_OUT);
    var own = Measure.of("own", pair -> Metric.logitDifference(-1, pair.answer(), pair.wrong()));
    var ofLogits =
        Measure.ofLogits(
            "of logits",
            (logits, pair) ->
                logits.select(D_VOCAB, pair.answer()).minus(logits.select(D_VOCAB, pair.wrong())));
    double[] expected = patching.run(PAIR).values();
    assertClose(patching.measure(own).run(PAIR).values(), expected);
    assertClose(patching.measure(ofLogits).run(PAIR).values(), expected);
  }

  @Test
  void theLossOfAPatchedRunCountsTheLossesBeforeThePatch() {
    var model = ToyModels.gpt2Like(5);
    var patching = ActivationPatching.of(model);
    assertClose(
        patching.measure(Measure.loss()).run(PAIR).values(),
        patching.measure(Measure.of("loss", pair -> Metric.loss())).run(PAIR).values());
  }

  @Test
  void patchingTheWholeLastPositionOfTheFirstLayerRestoresNothingThatTheKeysDecide() {
    var sweep = ActivationPatching.of(ToyModels.gpt2Like(3)).run(PAIR);
    // Position 0 and the last are the same tokens in both texts.
    assertThat(sweep.at(0, 0)).isEqualTo(sweep.corrupted());
    assertThat(sweep.at(0, 6)).isCloseTo(sweep.corrupted(), within(TOLERANCE));
    assertThat(sweep.normalised(0, 0)).isZero();
  }

  @Test
  void aTextPatchedIntoItselfChangesNothing() {
    var same = new PromptPair(PAIR.clean(), PAIR.clean(), 7, 11);
    var sweep = ActivationPatching.of(ToyModels.gpt2Like(3)).run(same);
    assertThat(Arrays.stream(sweep.values()).distinct().toArray()).containsExactly(sweep.clean());
    assertThat(sweep.normalised()).containsOnly(Double.NaN);
  }

  @Test
  void severalPairsGiveTheirMeanAndItsSpread() {
    var model = ToyModels.gpt2Like(3);
    var other = new PromptPair(Tokens.of(9, 9, 1, 2), Tokens.of(9, 4, 1, 2), 5, 6);
    var patching = ActivationPatching.of(model).what(PatchSite.HEAD_OUT).by(PatchBy.HEAD);
    var one = patching.run(PAIR);
    var two = patching.run(other);
    var both = patching.run(List.of(PAIR, other));
    assertThat(both.at(1, 2)).isCloseTo((one.at(1, 2) + two.at(1, 2)) / 2, within(1e-9));
    assertThat(both.clean()).isCloseTo((one.clean() + two.clean()) / 2, within(1e-9));
    // Of two numbers, the standard error is half their distance.
    var spread = both.spread();
    assertThat(spread.standardError()[6])
        .isCloseTo(Math.abs(one.at(1, 2) - two.at(1, 2)) / 2, within(1e-9));
    assertThat(spread.low()[6]).isCloseTo(Math.min(one.at(1, 2), two.at(1, 2)), within(1e-9));
    assertThat(spread.high()[6]).isCloseTo(Math.max(one.at(1, 2), two.at(1, 2)), within(1e-9));
    assertThat(one.spread()).isNull();
    double scale = both.clean() - both.corrupted();
    for (var cell : both.strongest(5)) {
      double left = (spread.low()[cell.index()] - both.corrupted()) / scale;
      double right = (spread.high()[cell.index()] - both.corrupted()) / scale;
      assertThat(cell.low()).isEqualTo(Math.min(left, right)).isLessThanOrEqualTo(cell.effect());
      assertThat(cell.high())
          .isEqualTo(Math.max(left, right))
          .isGreaterThanOrEqualTo(cell.effect());
    }
    assertThat(one.strongest(1).get(0).low()).isNaN();
    assertThatThrownBy(() -> one.strongest(-1))
        .isInstanceOf(FresnelException.class)
        .hasMessage("expected a number of cells from 0 on, got -1");
  }

  /** Both texts begin with the same token, which no patch can change. */
  @Test
  void aCellChangesTheMetricByMoreThanRoundingOrNotAtAll() {
    for (Direction direction : Direction.values()) {
      var sweep = ActivationPatching.of(ToyModels.gpt2Like(3)).direction(direction).run(PAIR);
      for (var cell : sweep.strongest(sweep.values().length)) {
        int position = sweep.indices(cell.index())[1];
        if (position == 0) {
          assertThat(sweep.changes(cell)).as(cell.label()).isFalse();
        } else if (position == PAIR.clean().length() - 1 && cell.index() > 7) {
          assertThat(sweep.changes(cell)).as(cell.label()).isTrue();
        }
      }
      double unpatched =
          direction == Direction.CLEAN_INTO_CORRUPTED ? sweep.corrupted() : sweep.clean();
      assertThat(sweep.changes(cell(unpatched + 5e-7))).isFalse();
      assertThat(sweep.changes(cell(unpatched - 1e-3))).isTrue();
      assertThat(sweep.changes(cell(Double.NaN))).isFalse();
    }
  }

  private static SweepCell cell(double value) {
    return new SweepCell(0, "L0", value, 0, Double.NaN, Double.NaN);
  }

  @Test
  void aSweepInSmallBatchesGivesTheSameNumbersInLessMemory() {
    var model = ToyModels.gpt2Like(3);
    var patching = ActivationPatching.of(model).what(PatchSite.HEAD_Q).by(PatchBy.HEAD);
    long bound = patching.peakBytes(7) / 4;
    var little = patching.memory(bound);
    assertThat(little.peakBytes(7)).isLessThanOrEqualTo(bound);
    assertClose(little.run(PAIR).values(), patching.run(PAIR).values());
    assertThatThrownBy(() -> patching.memory(10).peakBytes(7)).hasMessageContaining("1 MB are");
    assertThatThrownBy(() -> patching.memory(10).run(PAIR))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("allow more");
  }

  @Test
  void aStoppedSweepKeepsWhatItHasAndSaysWhatIsMissing() {
    var calls = new AtomicInteger();
    var patching = ActivationPatching.of(ToyModels.gpt2Like(3)).memory(40_000);
    var sweep = patching.run(List.of(PAIR), (done, total) -> calls.incrementAndGet() < 2);
    assertThat(sweep.complete()).isFalse();
    assertThat(Arrays.stream(sweep.values()).filter(Double::isFinite).count()).isPositive();
    assertThat(calls).hasValue(2);
  }

  @Test
  void aSavedSweepIsOpenedAgain(@TempDir Path folder) {
    var patching = ActivationPatching.of(ToyModels.gpt2Like(3));
    var pairs = List.of(PAIR, new PromptPair(PAIR.corrupted(), PAIR.clean(), 11, 7));
    var sweep = patching.run(pairs);
    var file = folder.resolve("sweep.json");
    sweep.save(file);
    assertThat(Sweep.open(file)).isEqualTo(sweep);
    assertThat(sweep.csv().lines().findFirst())
        .contains("layer,position,value,normalised,standard_error,low,high");
    assertThat(sweep.csv().lines()).hasSize(1 + 3 * 7);
    assertThatThrownBy(() -> Sweep.open(folder.resolve("none.json")))
        .isInstanceOf(FresnelException.class);
  }

  @Test
  void whatCannotBePatchedIsSaid() {
    var model = ToyModels.gpt2Like(3);
    assertThatThrownBy(() -> ActivationPatching.of(model).by(PatchBy.HEAD))
        .hasMessageContaining("has no heads");
    assertThatThrownBy(
            () -> ActivationPatching.of(ToyModels.attentionOnly(3)).what(PatchSite.MLP_OUT))
        .hasMessageContaining("has no blocks.0.hook_mlp_out");
    assertThatThrownBy(() -> new PromptPair(Tokens.of(1, 2), Tokens.of(1, 2, 3), 0, 1))
        .hasMessageContaining("clean has 2, corrupted 3")
        .hasMessageContaining("[1, 2, 3]");
    assertThatThrownBy(() -> ActivationPatching.of(model).run(PromptPair.alone(Tokens.of(1, 2))))
        .hasMessageContaining("the pair has none");
  }
}
