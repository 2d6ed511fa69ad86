package dev.fresnel.analysis.patch;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_MLP;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.ATTN_SCORES;
import static dev.fresnel.hook.HookKind.MLP_OUT;
import static dev.fresnel.hook.HookKind.MLP_POST;
import static dev.fresnel.hook.HookKind.PATTERN;
import static dev.fresnel.hook.HookKind.RESID_PRE;
import static dev.fresnel.hook.HookKind.Z;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.hook.Hook;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.List;
import org.junit.jupiter.api.Test;

class AblationTest {
  private static final double TOLERANCE = 1e-5;
  private static final Tokens TEXT = Tokens.of(3, 1, 4, 1, 5, 9);
  private static final List<Tokens> DATA = List.of(Tokens.of(2, 7, 1, 8, 2, 8, 1), Tokens.of(5, 5));
  private final Transformer model = ToyModels.gpt2Like(3);

  private double loss(HookPoint at, Hook hook) {
    try (var run = model.run(TEXT, RunPlan.nothing().edit(at, hook))) {
      return run.loss();
    }
  }

  @Test
  void ablationByZeroIsAnEditToZero() {
    var ablation = Ablation.of(model);
    var texts = List.of(TEXT);
    assertThat(ablation.run(texts).at(1, 2))
        .isCloseTo(loss(Z.at(1), (z, at) -> z.with(HEAD, 2, 0.0)), within(TOLERANCE));
    assertThat(ablation.what(AblationSite.MLPS).run(texts).at(2))
        .isCloseTo(loss(MLP_OUT.at(2), (x, at) -> x.times(0)), within(TOLERANCE));
    assertThat(ablation.what(AblationSite.NEURONS).run(texts).at(0, 30))
        .isCloseTo(loss(MLP_POST.at(0), (x, at) -> x.with(D_MLP, 30, 0.0)), within(TOLERANCE));
    assertThat(ablation.what(AblationSite.POSITIONS).run(texts).at(1, 4))
        .isCloseTo(loss(RESID_PRE.at(1), (x, at) -> x.with(POS, 4, 0.0)), within(TOLERANCE));
  }

  @Test
  void ablationByMeanPutsInTheMeanOverAllTextsAndPositions() {
    var sweep = Ablation.of(model).by(Filling.MEAN, DATA).run(List.of(TEXT));
    try (var scope = Scope.open();
        var one = model.run(DATA.get(0), RunPlan.capture(Z));
        var two = model.run(DATA.get(1), RunPlan.capture(Z))) {
      var mean =
          one.cache()
              .get(Z, 1)
              .sum(BATCH, POS)
              .plus(two.cache().get(Z, 1).sum(BATCH, POS))
              .dividedBy(9);
      double right = loss(Z.at(1), (z, at) -> z.with(HEAD, 2, mean.select(HEAD, 2)));
      assertThat(sweep.at(1, 2)).isCloseTo(right, within(TOLERANCE));
    }
    assertThatThrownBy(() -> Ablation.of(model).by(Filling.MEAN, List.of()))
        .hasMessageContaining("needs a data set");
  }

  @Test
  void resamplingPutsInAnotherTextAtTheSamePositions() {
    var sweep =
        Ablation.of(model).what(AblationSite.MLPS).by(Filling.RESAMPLE, DATA).run(List.of(TEXT));
    try (var other = model.run(DATA.get(0), RunPlan.capture(MLP_OUT))) {
      double right = loss(MLP_OUT.at(1), (x, at) -> other.cache().get(MLP_OUT, 1).slice(POS, 0, 6));
      assertThat(sweep.at(1)).isCloseTo(right, within(TOLERANCE));
    }
    var tooShort = Ablation.of(model).by(Filling.RESAMPLE, DATA.subList(1, 2));
    assertThatThrownBy(() -> tooShort.run(List.of(TEXT))).hasMessageContaining("at least 6");
  }

  @Test
  void aKnockoutCutsEdgesBeforeTheSoftmax() {
    var knockout =
        AttentionKnockout.of(model, List.of(4, 5), List.of(1, 2)).measure(Measure.loss());
    var sweep = knockout.run(PromptPair.alone(TEXT));
    var all = RunPlan.capture(PATTERN.at(1)).edit(ATTN_SCORES.at(1), knockout.hook());
    try (var run = model.run(TEXT, all);
        var scope = Scope.open()) {
      var row = run.cache().get(PATTERN, 1).select(BATCH, 0).select(HEAD, 0);
      float[] weights = row.select(dev.fresnel.hook.Dims.QUERY, 4).floats();
      assertThat(weights[1]).isZero();
      assertThat(weights[2]).isZero();
      assertThat(weights[0] + weights[3] + weights[4]).isCloseTo(1, within(1e-5f));
    }
    double right =
        loss(
            ATTN_SCORES.at(1),
            (x, at) -> x.with(HEAD, 3, knockout.hook().apply(x, at).select(HEAD, 3)));
    assertThat(sweep.at(1, 3)).isCloseTo(right, within(TOLERANCE));
    assertThatThrownBy(() -> AttentionKnockout.of(model, List.of(1), List.of(0, 1)))
        .hasMessageContaining("nothing left");
  }
}
