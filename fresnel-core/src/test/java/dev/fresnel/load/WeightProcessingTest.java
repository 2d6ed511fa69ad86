package dev.fresnel.load;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.Fresnel;
import dev.fresnel.load.LoadOptions.Processing;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightProcessingTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2",
        "llama",
        "llama-attention-bias",
        "llama-mlp-bias",
        "llama-tied",
        "gguf-gpt2",
        "gguf-q4-0"
      })
  void processingLeavesLogProbabilitiesAsTheyAre(String name) {
    var golden = Golden.of(name);
    var tokens = Tokens.ofRows(List.of(golden.tokens()));
    try (var raw = Fresnel.load(golden.model(), LoadOptions.DEFAULT.raw());
        var processed = Fresnel.load(golden.model());
        var first = raw.run(tokens);
        var second = processed.run(tokens);
        var scope = Scope.open()) {
      assertThat(second.logits().logSoftmax(D_VOCAB))
          .as(name)
          .isCloseTo(first.logits().logSoftmax(D_VOCAB), 2e-5);
    }
  }

  @Test
  void whatWritesIsCentredAndNormsHaveNoWeights() {
    try (var model = Fresnel.load(Golden.of("gpt2").model());
        var scope = Scope.open()) {
      assertThat(model.config().norm().label()).contains("LNPre");
      assertThat(model.weightNames()).noneMatch(name -> name.contains("ln"));
      for (String name :
          List.of(
              "embed.W_E",
              "pos_embed.W_pos",
              "blocks.1.attn.W_O",
              "blocks.1.mlp.W_out",
              "blocks.1.mlp.b_out")) {
        for (float mean : model.weight(name).mean(D_MODEL).floats()) {
          assertThat(mean).as(name).isBetween(-1e-6f, 1e-6f);
        }
      }
      assertThat(model.weight("blocks.2.attn.b_V").floats()).containsOnly(0f);
    }
  }

  @Test
  void underRmsNothingThatWritesIsCentred() {
    try (var model = Fresnel.load(Golden.of("llama").model())) {
      assertThat(model.config().norm().label()).contains("RMSPre");
      assertThat(model.provenance().processing())
          .containsExactly("fold_ln", "center_unembed", "fold_value_biases");
    }
  }

  @Test
  void processingRunsInFloat32WhateverTheWeightsAreThen() {
    var golden = Golden.of("llama-bf16-shards");
    try (var full = Fresnel.load(golden.model());
        var half = Fresnel.load(golden.model(), LoadOptions.DEFAULT.as(DType.BFLOAT16));
        var scope = Scope.open()) {
      assertThat(half.weight("embed.W_E").dtype()).isEqualTo(DType.BFLOAT16);
      for (String name : full.weightNames()) {
        float[] rounded = full.weight(name).to(DType.BFLOAT16).floats();
        assertThat(half.weight(name).floats()).as(name).isEqualTo(rounded);
      }
    }
  }

  @Test
  void rawWeightsKeepTheFilesTypeWhenAskedForIt() {
    var options = LoadOptions.DEFAULT.with(Processing.RAW).as(DType.FLOAT64);
    try (var model = Fresnel.load(Golden.of("gpt2").model(), options)) {
      assertThat(model.weight("blocks.0.attn.W_Q").dtype()).isEqualTo(DType.FLOAT64);
      assertThat(model.provenance().processing()).isEmpty();
    }
  }

  @Test
  void progressIsToldFromNothingToAll() {
    var told = new ArrayList<Long>();
    long[] last = new long[1];
    var options =
        LoadOptions.DEFAULT.reporting(
            (what, done, total) -> {
              assertThat(what).isEqualTo("reading weights");
              told.add(done);
              last[0] = total;
            });
    try (var model = Fresnel.load(Golden.of("gpt2").model(), options)) {
      assertThat(told).isSorted().startsWith(0L).endsWith(last[0]).hasSizeGreaterThan(5);
    }
  }
}
