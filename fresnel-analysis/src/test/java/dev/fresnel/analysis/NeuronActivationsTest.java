package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_MLP;
import static dev.fresnel.hook.Dims.POS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.load.Loading;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Token;
import dev.fresnel.text.Tokens;
import java.util.List;
import org.junit.jupiter.api.Test;

class NeuronActivationsTest {
  private static final Tokens BATCH_OF_TWO =
      Tokens.leftPadded(List.of(new int[] {7, 8, 9, 7}, new int[] {3, 4}), 0);

  @Test
  void theyAreTheRunsOwnWithoutPaddingTextAfterText() {
    try (var model = Loading.byPath(Golden.of("gpt2").model(), LoadOptions.DEFAULT);
        var run = model.run(BATCH_OF_TWO, NeuronActivations.plan(model))) {
      var found = NeuronActivations.of(run);
      assertThat(found.tokens()).isEqualTo(6);
      int layer = model.layers() - 1;
      var captured = run.cache().get(HookKind.MLP_POST.at(layer));
      for (int neuron : new int[] {0, found.neurons() - 1}) {
        float[] second = captured.select(BATCH, 1).select(D_MLP, neuron).slice(POS, 2, 4).floats();
        double[] own = found.of(layer, neuron, 1);
        assertThat(own).hasSize(2);
        assertThat(own[0]).isEqualTo(second[0]);
        assertThat(own[1]).isEqualTo(second[1]);
      }
      var each = NeuronActivations.of(model, List.of(Tokens.of(7, 8, 9, 7), Tokens.of(3, 4)));
      // float32 sums in another order
      assertThat(each.of(layer, 1)).containsExactly(found.of(layer, 1), within(1e-4f));
    }
  }

  @Test
  void theStrongestComeFirstAndNanIsLeftOut() {
    var text = List.of(new Token(1, "a"), new Token(2, "b"), new Token(3, "c"));
    var found = NeuronActivations.of(List.of(text), new float[][][][] {{{{-1}, {Float.NaN}, {2}}}});
    assertThat(found.strongest(0, 0, 9))
        .containsExactly(
            new NeuronActivations.Firing(0, 2, text.get(2), 2),
            new NeuronActivations.Firing(0, 0, text.get(0), -1));
    assertThatThrownBy(() -> found.strongest(0, 0, -1))
        .isInstanceOf(FresnelException.class)
        .hasMessage("expected a number of tokens from 0 on, got -1");
    assertThatThrownBy(() -> NeuronActivations.of(List.of(text), new float[][][][] {{{{1}}}}))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("expected 3 positions of 1 neurons, got 1 positions");
  }

  @Test
  void aModelOfAttentionAloneHasNone() {
    try (var model = ToyModels.attentionOnly(1)) {
      assertThatThrownBy(() -> NeuronActivations.plan(model))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("has attention alone, so it has no neurons");
    }
  }
}
