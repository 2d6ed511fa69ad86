package dev.fresnel.load.internal.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.weights.MemorySource;
import dev.fresnel.load.internal.weights.WeightFit;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.RotaryScaling;
import dev.fresnel.testkit.Golden;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * config.json as the hub has it: each setting that changes the forward pass is honoured or refused.
 */
class HubConfigurationTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The golden's configuration with one setting changed, given as JSON. */
  private static ModelConfig read(String golden, String key, String value) throws Exception {
    Map<String, Object> values = values(golden);
    if (value == null) {
      values.remove(key);
    } else {
      values.put(key, JSON.readValue(value, Object.class));
    }
    return read(golden, values);
  }

  private static Map<String, Object> values(String golden) {
    return new HashMap<>(
        JSON.convertValue(
            Golden.json(Golden.of(golden).model().resolve("config.json")),
            new TypeReference<Map<String, Object>>() {}));
  }

  private static ModelConfig read(String golden, Map<String, Object> values) {
    var settings = Settings.of("config.json", values);
    Family family = Family.of(settings);
    var names = WeightNames.of(MemorySource.of(Golden.of(golden)), family.naming());
    ModelConfig config = family.config(settings, names);
    WeightFit.check(family.layout(config, settings, names), names, "config.json");
    return config;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gpt2  | activation_function   | \"quick_gelu\"                       | quick_gelu",
        "gpt2  | add_cross_attention   | true                                 |"
            + " add_cross_attention",
        "gpt2  | quantization_config   | {\"bits\": 4}                        | .gguf",
        "gpt2  | pruned_heads          | {\"0\": [1]}                         | pruned_heads",
        "gpt2  | layer_norm_epsilon    | 0                                    | above 0",
        "gpt2  | layer_norm_epsilon    | \"small\"                            | must be a number",
        "gpt2  | n_head                | 3                                    | must be a multiple"
            + " of n_head (3)",
        "gpt2  | n_head                | 0                                    | whole number from"
            + " 1",
        "gpt2  | n_layer               | 2.5                                  | whole number from"
            + " 1",
        "gpt2  | n_layer               | 1e30                                 | whole number from"
            + " 1",
        "gpt2  | n_embd                | -20                                  | whole number from"
            + " 1",
        "gpt2  | scale_attn_weights    | \"yes\"                              | must be true or"
            + " false",
        "llama | hidden_act            | \"mish\"                             | mish",
        "llama | rope_scaling          | {\"rope_type\": \"yarn\", \"factor\": 2} |"
            + " rope_scaling.rope_type = \"yarn\"",
        "llama | rope_scaling          | {\"type\": \"dynamic\", \"factor\": 2}   |"
            + " rope_scaling.type = \"dynamic\"",
        "llama | rope_scaling          | {\"rope_type\": \"linear\"}          | no"
            + " rope_scaling.factor",
        "llama | rope_scaling          | {\"rope_type\": \"llama3\", \"factor\": 8} | no"
            + " rope_scaling.low_freq_factor",
        "llama | rope_scaling          | [1]                                  | rope_scaling must"
            + " be an object",
        "llama | rope_parameters       | {\"full_attention\": {\"rope_theta\": 1}} |"
            + " rope_parameters",
        "llama | rope_theta            | 0                                    | rope_theta must be"
            + " a number above 0",
        "llama | partial_rotary_factor | 0.5                                  |"
            + " partial_rotary_factor",
        "llama | sliding_window        | 4096                                 | sliding_window",
        "llama | layer_types           | [\"sliding_attention\"]              | layer_types",
        "llama | num_key_value_heads   | 4                                    | multiple of"
            + " num_key_value_heads (4)",
        "llama | num_key_value_heads   | 3                                    | k_proj.weight is"
            + " [8, 24]",
        "llama | attention_bias        | true                                 | missing"
            + " model.layers.0.self_attn.q_proj.bias",
        "llama | mlp_bias              | true                                 | missing"
            + " model.layers.0.mlp.gate_proj.bias",
        "llama | tie_word_embeddings   | \"no\"                               | tie_word_embeddings"
            + " must be true or false",
        "opt   | do_layer_norm_before  | false                                |"
            + " do_layer_norm_before",
        "opt   | word_embed_proj_dim   | 9                                    |"
            + " word_embed_proj_dim",
        "opt   | enable_bias           | false                                | unexpected"
            + " model.decoder.layers.0.self_attn.q_proj.bias",
        "neox  | rotary_pct            | 2                                    | rotary_pct",
        "neox  | rotary_pct            | 0.01                                 | rotary_pct",
        "neox  | rope_scaling          | {\"type\": \"yarn\", \"factor\": 2}    | yarn",
        "gptj  | rotary_dim            | 3                                    | must be an even"
            + " number of rotary dimensions, at most 6, is 3",
        "neox  | rope_parameters       | {\"partial_rotary_factor\": 0.01}    |"
            + " rope_parameters.partial_rotary_factor = 0.01",
        "neox  | head_dim              | 4                                    | head_dim = 4",
        "gpt2  | is_causal             | false                                | is_causal = false",
        "bloom | per_layer_config      | {\"0\": {}}                          | per_layer_config",
        "bloom | apply_residual_connection_post_layernorm | true              |"
            + " apply_residual_connection_post_layernorm",
        "gemma2 | attention_bias       | true                                 | attention_bias",
        "gemma2 | layer_types          | [\"sliding_attention\"]              | layer_types",
        "gemma2 | attn_logit_softcapping | 0                                  | above 0",
        "gemma2 | query_pre_attn_scalar | -1                                  | above 0",
      })
  void whatIsNotBuiltOrMakesNoSenseIsRefusedByName(
      String golden, String key, String value, String message) {
    assertThatThrownBy(() -> read(golden, key, value))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gpt2  | n_positions       | 14         | wpe.weight is [13, 20], expected [pos 14, d_model"
            + " 20]",
        "gpt2  | vocab_size        | 2147483647 | wte.weight is [37, 20], expected [d_vocab"
            + " 2147483647",
        "gpt2  | n_embd            | 40         | wte.weight is [37, 20], expected [d_vocab 37,"
            + " d_model 40]",
        "gpt2  | n_embd            | 2000000000 | wte.weight is [37, 20]",
        "gpt2  | n_inner           | 81         | mlp.c_fc.weight is [20, 80], expected [d_model"
            + " 20, d_mlp 81]",
        "gpt2  | n_layer           | 2          | says n_layer 2, but weights.test holds the"
            + " weights of 3 layers",
        "gpt2  | n_layer           | 2000000000 | says n_layer 2000000000",
        "llama | num_hidden_layers | 1          | says num_hidden_layers 1",
        "opt   | max_position_embeddings | 14 | embed_positions.weight is [15, 18], expected [pos"
            + " 16,",
        "opt   | num_hidden_layers | 2000000000 | says num_hidden_layers 2000000000",
        "neox  | num_hidden_layers | 2000000000 | says num_hidden_layers 2000000000",
        "gptj  | n_layer           | 2000000000 | says n_layer 2000000000",
        "gemma2 | num_hidden_layers | 2000000000 | says num_hidden_layers 2000000000",
        "llama | head_dim          | 2000000000 | q_proj.weight is [24, 24]",
        "llama | intermediate_size | 30         | gate_proj.weight is [29, 24], expected [d_mlp 30,"
            + " d_model 24]",
      })
  void aSizeThatTheWeightsDoNotHaveIsRefusedBeforeAnythingIsAllocated(
      String golden, String key, String value, String message) {
    assertThatThrownBy(() -> read(golden, key, value))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(message);
  }

  @Test
  void whatChangesTheForwardPassIsHonoured() throws Exception {
    assertThat(read("gpt2", "scale_attn_weights", "false").attending(0).divisor()).isEqualTo(1);
    assertThat(
            read("gpt2", "activation_function", "\"relu\"").mlp().function().orElseThrow().label())
        .isEqualTo("relu");
    assertThat(read("llama", "rms_norm_eps", "0.25").norm().toString()).contains("0.25");
    var linear = "{\"rope_type\": \"linear\", \"factor\": 4}";
    assertThat(((Positional.Rotary) read("llama", "rope_scaling", linear).positional()).scaling())
        .isEqualTo(new RotaryScaling.Linear(4));
  }

  @Test
  void theNewerSpellingWins() throws Exception {
    var parameters = "{\"rope_type\": \"default\", \"rope_theta\": 7}";
    var config = read("llama", "rope_parameters", parameters);
    assertThat(((Positional.Rotary) config.positional()).base()).isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource({
    "gpt2, n_head, num_attention_heads, 2",
    "gptj, n_head, num_attention_heads, 1",
    "bloom, n_head, num_attention_heads, 2",
    "gpt2, n_embd, hidden_size, 20",
    "gpt2, n_layer, num_hidden_layers, 3",
    "gptj, n_layer, num_hidden_layers, 2",
    "gpt2, n_positions, max_position_embeddings, 13",
    "bloom, hidden_size, n_embed, 12",
  })
  void aSizeIsReadUnderTheOtherNameThatTransformersKnows(
      String golden, String key, String other, int value) throws Exception {
    var expected = read(golden, key, Integer.toString(value));
    assertThat(read(golden, key, other, value)).isEqualTo(expected);
  }

  /** Without the key, or with a wrong value of it, and with its other name. */
  private static ModelConfig read(String golden, String key, String other, int value)
      throws Exception {
    Map<String, Object> values = values(golden);
    values.put(other, value);
    values.put(key, 7);
    ModelConfig both = read(golden, values);
    values.remove(key);
    assertThat(read(golden, values)).isEqualTo(both);
    return both;
  }

  @Test
  void anErrorQuotesTheNameThatTheFileHas() {
    assertThatThrownBy(() -> read("gpt2", "num_attention_heads", "3"))
        .hasMessageContaining("n_embd (20) must be a multiple of num_attention_heads (3)");
    assertThatThrownBy(() -> read("gpt2", "num_hidden_layers", "2"))
        .hasMessageContaining("says num_hidden_layers 2, but weights.test holds the weights of 3");
  }

  @Test
  void aDefaultIsNotQuotedAsIfTheFileSaidIt() {
    assertThatThrownBy(() -> read("gpt2", "n_layer", null))
        .hasMessageContaining("config.json says no n_layer, which means 12, but");
  }

  @Test
  void whatIsAbsentHasTransformersDefault() throws Exception {
    var gpt2 = read("gpt2", "n_inner", null);
    assertThat(gpt2.mlp()).isInstanceOf(Mlp.Plain.class);
    assertThat(gpt2.mlp().width()).isEqualTo(80);
    assertThat(((Positional.Rotary) read("llama", "rope_theta", null).positional()).base())
        .isEqualTo(10000);
    assertThat(read("llama", "rms_norm_eps", null).norm().toString()).contains("1.0E-6");
  }

  @Test
  void settingsThatOnlyTrainingReadsChangeNothing() throws Exception {
    assertThat(read("gpt2", "attn_pdrop", "0.9")).isEqualTo(read("gpt2", "use_cache", "false"));
  }

  @Test
  void anUnknownArchitectureIsToldWhichAreKnown() {
    var settings = Settings.of("config.json", Map.of("model_type", "mamba"));
    assertThatThrownBy(() -> Family.of(settings))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("mamba")
        .hasMessageContaining("GPT2LMHeadModel")
        .hasMessageContaining("LlamaForCausalLM")
        .hasMessageContaining("TransformerLens")
        .hasMessageContaining(".gguf");
    assertThatThrownBy(() -> Family.of(Settings.of("config.json", Map.of("d_model", 12))))
        .hasMessageContaining("names no architecture");
  }
}
