package dev.fresnel.load.internal.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.family.Family;
import dev.fresnel.load.internal.family.Settings;
import dev.fresnel.testkit.Golden;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WeightFitTest {
  private static void check(MemorySource weights, String golden) {
    var settings = Settings.read(Golden.of(golden).model().resolve("config.json"));
    Family family = Family.of(settings);
    var names = WeightNames.of(weights, family.naming());
    var layout = family.layout(family.config(settings, names), settings, names);
    WeightFit.check(layout, names, settings.file());
  }

  private static MemorySource gpt2() {
    return MemorySource.of(Golden.of("gpt2"));
  }

  @Test
  void aMissingWeightIsNamed() {
    assertThatThrownBy(() -> check(gpt2().without("transformer.h.1.mlp.c_fc.bias"), "gpt2"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("weights.test does not fit")
        .hasMessageContaining("config.json")
        .hasMessageContaining("1 weight is wrong")
        .hasMessageContaining("missing transformer.h.1.mlp.c_fc.bias");
  }

  @Test
  void aMissingWeightIsToldWithTheNearestUnexpectedOne() {
    var weights =
        gpt2()
            .without("transformer.h.1.ln_2.bias")
            .with("transformer.h.1.ln_two.bias", 20)
            .with("transformer.extra", 20);
    assertThatThrownBy(() -> check(weights, "gpt2"))
        .hasMessageContaining(
            "missing transformer.h.1.ln_2.bias; the nearest is transformer.h.1.ln_two.bias")
        .hasMessageContaining("Give the weights that belong to");
  }

  @Test
  void anUnexpectedWeightIsNamedAsItStandsInTheFile() {
    assertThatThrownBy(
            () ->
                check(gpt2().with("transformer.h.0.crossattention.q_attn.weight", 20, 20), "gpt2"))
        .hasMessageContaining("unexpected transformer.h.0.crossattention.q_attn.weight");
  }

  @Test
  void aWrongShapeIsNamedWithBothShapes() {
    var weights = gpt2().without("transformer.wpe.weight").with("transformer.wpe.weight", 20, 13);
    assertThatThrownBy(() -> check(weights, "gpt2"))
        .hasMessageContaining("transformer.wpe.weight is [20, 13], expected [pos 13, d_model 20]");
  }

  @Test
  void anotherRankIsAWrongShape() {
    var weights = gpt2().without("transformer.ln_f.bias").with("transformer.ln_f.bias", 20, 1);
    assertThatThrownBy(() -> check(weights, "gpt2"))
        .hasMessageContaining("transformer.ln_f.bias is [20, 1], expected [d_model 20]");
  }

  @Test
  void atMostTenAreListedAndAllAreCounted() {
    var weights = gpt2();
    for (int i = 0; i < 25; i++) {
      weights = weights.with("extra." + i, 1);
    }
    var many = weights;
    assertThatThrownBy(() -> check(many, "gpt2"))
        .hasMessageContaining("25 weights are wrong")
        .hasMessageContaining("and 15 more")
        .satisfies(e -> assertThat(e.getMessage().lines().count()).isEqualTo(13));
  }

  @Test
  void aWeightUnderBothItsNamesIsRefused() {
    assertThatThrownBy(() -> check(gpt2().with("wte.weight", 37, 20), "gpt2"))
        .hasMessageContaining("wte.weight twice")
        .hasMessageContaining("transformer.wte.weight");
  }

  @Test
  void buffersAndASpareHeadAreNoWeights() {
    var weights =
        gpt2()
            .with("transformer.h.2.attn.bias", 1, 1, 13, 13)
            .with("transformer.h.2.attn.masked_bias")
            .with("lm_head.weight", 37, 20);
    assertThatCode(() -> check(weights, "gpt2")).doesNotThrowAnyException();
    var llama =
        MemorySource.of(Golden.of("llama"))
            .with("model.layers.0.self_attn.rotary_emb.inv_freq", 2)
            .with("model.rotary_emb.inv_freq", 2);
    assertThatCode(() -> check(llama, "llama")).doesNotThrowAnyException();
  }

  @Test
  void anotherFamilysBufferIsUnexpected() {
    assertThatThrownBy(() -> check(gpt2().with("blocks.0.attn.mask", 13, 13), "gpt2"))
        .hasMessageContaining("unexpected blocks.0.attn.mask");
  }

  @Test
  void anUntiedHeadThatIsMissingIsNamed() {
    assertThatThrownBy(
            () -> check(MemorySource.of(Golden.of("llama")).without("lm_head.weight"), "llama"))
        .hasMessageContaining("missing lm_head.weight");
  }

  @Test
  void aFileWithoutWeightsHasNoLayers() {
    assertThatThrownBy(() -> check(new MemorySource(Map.of()), "gpt2"))
        .hasMessageContaining(
            "says n_layer 3, but weights.test has no weights called h.0…; it has none");
  }
}
