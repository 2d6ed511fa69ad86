package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.POS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.load.Loading;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValueNormsTest {
  /**
   * A text of one token attends to itself with weight 1, so z is its value, and a head's result is
   * the output of it. In llama, query heads share values.
   */
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama"})
  void ofOneTokenTheNormsAreThoseOfZAndOfTheResult(String family) {
    var plan = ValueNorms.plan().and(RunPlan.capture(HookKind.Z, HookKind.RESULT));
    try (var model = Loading.byPath(Golden.of(family).model(), LoadOptions.DEFAULT);
        var run = model.run(Tokens.of(7), plan);
        var scope = Scope.open()) {
      var norms = ValueNorms.of(run);
      assertThat(norms.layers()).isEqualTo(model.layers());
      for (int layer = 0; layer < model.layers(); layer++) {
        float[] z = norms(run.cache().get(HookKind.Z.at(layer)).norm(D_HEAD));
        float[] result = norms(run.cache().get(HookKind.RESULT.at(layer)).norm(D_MODEL));
        for (int head = 0; head < model.heads(); head++) {
          var id = new HeadId(layer, head);
          // float32 sums in another order
          assertThat(norms.values(id)[0]).isCloseTo(z[head], within(1e-5f));
          assertThat(norms.outputs(id)[0]).isCloseTo(result[head], within(1e-5f));
        }
      }
    }
  }

  private static float[] norms(dev.fresnel.tensor.Tensor norms) {
    return norms.select(BATCH, 0).select(POS, 0).order(HEAD).floats();
  }

  @Test
  void aLongTextIsReadInPiecesAndATextOfABatchWithoutItsPadding() {
    var ids = new int[300];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = 1 + i % 9;
    }
    try (var model = ToyModels.attentionOnly(1)) {
      int length = Math.min(ids.length, model.config().sizes().context());
      var text = Tokens.of(java.util.Arrays.copyOf(ids, length));
      try (var run = model.run(text, ValueNorms.plan())) {
        assertThat(ValueNorms.of(run).values(new HeadId(0, 0))).hasSize(length).doesNotContain(0);
      }
    }
  }

  @Test
  void aRunWithoutValuesIsRefusedWithThePlanThatCapturesThem() {
    try (var model = ToyModels.attentionOnly(1);
        var run = model.run(Tokens.of(1, 2))) {
      assertThatThrownBy(() -> ValueNorms.of(run))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("ValueNorms.plan()");
    }
  }
}
