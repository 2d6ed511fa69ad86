package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.testkit.Golden;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InspectCommandTest {
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "llama-llama3-rope", "tl-shortformer", "tl-mlp-relu"})
  void theConfigurationIsTransformerLenss(String model) {
    JsonNode config = inspect(model, "raw").get("config");
    JsonNode expected = Golden.of(model).about().get("config");
    assertThat(config.get("layers")).isEqualTo(expected.get("n_layers"));
    assertThat(config.get("heads")).isEqualTo(expected.get("n_heads"));
    for (String name :
        List.of(
            "d_model",
            "d_head",
            "n_ctx",
            "d_vocab",
            "d_vocab_out",
            "attn_only",
            "gated_mlp",
            "positional_embedding_type",
            "scale_attn_by_inverse_layer_idx",
            "default_prepend_bos")) {
      assertThat(config.get(name)).as(name).isEqualTo(expected.get(name));
    }
    assertThat(config.get("d_mlp").asInt())
        .isEqualTo(config.get("attn_only").asBoolean() ? 0 : expected.get("d_mlp").asInt());
    assertThat(config.get("normalization_type").asText())
        .isEqualTo(expected.get("normalization_type").asText());
  }

  @Test
  void whatWasDoneToTheWeightsIsListed() {
    assertThat(inspect("gpt2", "raw").get("processing")).isEmpty();
    JsonNode processed = inspect("gpt2", "default");
    assertThat(processed.get("processing").toString())
        .isEqualTo(
            "[\"fold_ln\",\"center_writing_weights\",\"center_unembed\",\"fold_value_biases\"]");
    assertThat(processed.get("config").get("normalization_type").asText()).isEqualTo("LNPre");
  }

  @Test
  void everyHookPointHasItsShape() {
    JsonNode json = inspect("llama", "raw");
    var sizes = json.get("config");
    for (JsonNode hook : json.get("hooks")) {
      if (hook.get("name").asText().equals("blocks.1.attn.hook_k")) {
        assertThat(hook.get("shape").toString())
            .isEqualTo(
                "[\"batch\",\"pos\",%s,%s]"
                    .formatted(sizes.get("key_value_heads"), sizes.get("d_head")));
        return;
      }
    }
    throw new AssertionError("no blocks.1.attn.hook_k in " + json.get("hooks"));
  }

  @Test
  void aTokenizerIsDescribedWhereThereIsOne() {
    assertThat(inspect("gpt2", "raw").get("tokenizer").isNull()).isTrue();
    JsonNode tokenizer = inspect("gpt2-text", "raw").get("tokenizer");
    assertThat(tokenizer.get("bos").get("text").asText()).isEqualTo("<|endoftext|>");
    assertThat(tokenizer.get("size").asInt()).isPositive();
  }

  @Test
  void aTableListsEachHookPointOnce() {
    assertThat(Called.with("inspect", "--model", Called.golden("gpt2")).succeeded().out())
        .contains("blocks.i.attn.hook_pattern")
        .doesNotContain("blocks.1.")
        .contains("normalization_type                 LNPre");
  }

  private static JsonNode inspect(String model, String processing) {
    var json =
        Called.with(
                "inspect", "--model", Called.golden(model), "--processing", processing, "--json")
            .json();
    assertThat(json.get("parameters").asLong()).isPositive();
    assertThat(json.get("bytes").asLong()).isPositive();
    assertThat(json.get("source").asText()).contains(model);
    return json;
  }
}
