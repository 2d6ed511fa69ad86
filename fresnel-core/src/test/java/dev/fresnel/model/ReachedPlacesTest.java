package dev.fresnel.model;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.Hook;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import org.junit.jupiter.api.Test;

/** What a run keeps and edits is what it passes; what it does not reach is refused. */
class ReachedPlacesTest {
  private static final Tokens TOKENS = Tokens.of(36, 4, 9, 4, 9, 1, 30, 4, 17);

  @Test
  void captureAllKeepsWhatTheRunPasses() {
    var model = ToyModels.gpt2Like(10);
    try (var first = model.run(TOKENS, RunPlan.nothing().stopAt(1));
        var middle =
            model.run(TOKENS, RunPlan.captureAll().startAt(1, first.residual()).stopAt(2))) {
      assertThat(middle.cache().points()).extracting(HookPoint::layer).containsOnly(1);
    }
  }

  @Test
  void aKindIsCapturedInTheLayersThatTheRunPasses() {
    var model = ToyModels.gpt2Like(10);
    try (var first = model.run(TOKENS, RunPlan.capture(RESID_PRE).stopAt(2));
        var rest =
            model.run(TOKENS, RunPlan.capture(Z).startAt(2, first.residual()).stopAfterCapture())) {
      assertThat(first.cache().points()).containsExactly(RESID_PRE.at(0), RESID_PRE.at(1));
      assertThat(rest.cache().points()).containsExactly(Z.at(2));
      assertThatThrownBy(rest::logits).hasMessageContaining("stopAfterCapture");
    }
  }

  /** The toy model has three layers. */
  @Test
  void whatARunDoesNotReachIsRefusedByName() {
    var model = ToyModels.gpt2Like(10);
    Tensor residual = Tensor.full(Shape.of(BATCH, 1).and(POS, 9).and(D_MODEL, 20), 0);
    RunPlan nothing = RunPlan.nothing();
    Hook same = (x, at) -> x;
    assertRefused(model, nothing.edit(Z.at(0), same).startAt(1, residual), "edits blocks.0.attn");
    assertRefused(model, RunPlan.capture(Z.at(2)).stopAt(2), "stops before layer 2");
    assertRefused(model, RunPlan.capture(Z).stopAt(0), "captures Z, which its run does not reach");
    assertRefused(model, RunPlan.capture(EMBED).startAt(1, residual), "starts at layer 1");
    assertRefused(model, nothing.edit(POS_EMBED, same).startAt(1, residual), "POS_EMBED");
    assertRefused(model, RunPlan.captureMatching("hook_embed").startAt(1, residual), "hook_embed");
    assertRefused(model, RunPlan.captureMatching("blocks.0.*").startAt(1, residual), "blocks.0.*");
    assertRefused(model, RunPlan.capture(LN_FINAL_SCALE).stopAt(2), "LN_FINAL_SCALE");
    assertRefused(model, nothing.edit(LN_FINAL_NORMALIZED, same).stopAt(2), "LN_FINAL_NORMALIZED");
    assertRefused(model, RunPlan.capture(Z, MLP_PRE_LINEAR), "MLP_PRE_LINEAR");
    assertRefused(
        model,
        RunPlan.capture(Z.at(1)).startAt(2, residual).stopAfterCapture(),
        "captures blocks.1.attn.hook_z");
    assertRefused(model, nothing.stopAfterCapture(), "captures nothing");
    assertRefused(
        model,
        RunPlan.capture(PATTERN).edit(Z.at(2), same).stopAfterCapture(),
        "edits blocks.2.attn.hook_z, which its run does not reach: it starts at the embedding and"
            + " ends after its last capture, blocks.2.attn.hook_pattern");
  }

  private static void assertRefused(Transformer model, RunPlan plan, String saying) {
    assertThatThrownBy(() -> model.run(TOKENS, plan))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(saying);
  }

  @Test
  void aShortformersPositionsAreReadInEveryRun() {
    var model = ToyModels.shortformer(10);
    try (var first = model.run(TOKENS, RunPlan.nothing().stopAt(1));
        var rest = model.run(TOKENS, RunPlan.capture(POS_EMBED).startAt(1, first.residual()))) {
      assertThat(rest.cache().points()).containsExactly(POS_EMBED.inModel());
    }
  }

  @Test
  void layersBeyondTheModelsAreRefused() {
    var model = ToyModels.gpt2Like(10);
    Tensor residual = Tensor.full(Shape.of(BATCH, 1).and(POS, 9).and(D_MODEL, 20), 0);
    RunPlan nothing = RunPlan.nothing();
    assertRefused(model, nothing.startAt(4, residual), "starts at layer 4, but the model has");
    assertRefused(model, nothing.stopAt(4), "stops at layer 4, but the model has layers 0 to 2");
    assertRefused(model, nothing.startAt(2, residual).stopAt(1), "before it starts at layer 2");
    for (int layer : new int[] {-1, 3, 99}) {
      assertThatThrownBy(() -> model.headResults(layer, residual))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("there is no layer " + layer);
    }
  }
}
