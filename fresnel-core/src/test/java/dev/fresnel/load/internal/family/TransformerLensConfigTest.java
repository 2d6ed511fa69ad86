package dev.fresnel.load.internal.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.weights.MemorySource;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.model.config.BlockOrder;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Reach;
import dev.fresnel.model.config.RotaryPairs;
import dev.fresnel.model.config.RotaryScaling;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransformerLensConfigTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A small configuration with the given keys over it, as JSON; null takes a key away. */
  private static ModelConfig read(String... keysAndValues) throws Exception {
    Map<String, Object> values =
        new HashMap<>(
            Map.of(
                "n_layers",
                2,
                "d_model",
                12,
                "d_head",
                4,
                "n_ctx",
                16,
                "d_vocab",
                37,
                "act_fn",
                "relu"));
    for (int i = 0; i < keysAndValues.length; i += 2) {
      if (keysAndValues[i + 1] == null) {
        values.remove(keysAndValues[i]);
      } else {
        values.put(keysAndValues[i], JSON.readValue(keysAndValues[i + 1], Object.class));
      }
    }
    var weights =
        new MemorySource(Map.of())
            .with("embed.W_E", 37, 12)
            .with("blocks.0.attn.W_Q", 3, 12, 4)
            .with("blocks.1.attn.W_Q", 3, 12, 4);
    var settings = Settings.of("config.json", values);
    assertThat(Family.of(settings)).isInstanceOf(TransformerLensFormat.class);
    return TransformerLensConfig.read(
        settings, WeightNames.of(weights, WeightNames.Naming.plain()));
  }

  @Test
  void whatIsAbsentHasTransformerLenssDefault() throws Exception {
    var config = read();
    assertThat(config.sizes().heads()).isEqualTo(3);
    assertThat(config.sizes().keyValueHeads()).isEqualTo(3);
    assertThat(config.sizes().vocabularyOut()).isEqualTo(37);
    assertThat(config.norm()).isEqualTo(new Norm.Layer(1e-5, Norm.Weights.OWN));
    assertThat(config.positional()).isEqualTo(new Positional.Learned());
    assertThat(config.attending(0).divisor()).isEqualTo(2);
    assertThat(config.mlp().width()).isEqualTo(48);
    assertThat(config.order()).isEqualTo(BlockOrder.SEQUENTIAL);
    assertThat(config.prependBos()).isTrue();
  }

  @Test
  void whatIsLeftToBeDerivedIs() throws Exception {
    var config = read("d_vocab", "-1", "n_heads", "-1", "d_vocab_out", "-1", "attn_scale", "-1.0");
    assertThat(config.sizes().vocabulary()).isEqualTo(37);
    assertThat(config.sizes().heads()).isEqualTo(3);
    assertThat(config.attending(0).divisor()).isEqualTo(2);
  }

  @Test
  void normsComeInFiveKindsAndTwoSpellings() throws Exception {
    assertThat(read("normalization_type", "null").norm()).isEqualTo(new Norm.None());
    assertThat(read("normalization", "null").norm()).isEqualTo(new Norm.None());
    assertThat(read("normalization", "\"LNPre\"").norm())
        .isEqualTo(new Norm.Layer(1e-5, Norm.Weights.FOLDED));
    assertThat(read("normalization_type", "\"RMS\"", "eps", "0.5", "final_rms", "true").norm())
        .isEqualTo(new Norm.Rms(0.5, Norm.Weights.OWN));
    assertThat(read("normalization_type", "\"RMSPre\"").norm().label()).contains("RMSPre");
  }

  @Test
  void positionsComeInThreeKindsAndTwoSpellings() throws Exception {
    assertThat(read("shortformer_pos", "true").positional())
        .isEqualTo(new Positional.Shortformer());
    assertThat(read("shortformer_pos", "false").positional()).isEqualTo(new Positional.Learned());
    assertThat(read("positional_embedding_type", "\"shortformer\"").positional())
        .isEqualTo(new Positional.Shortformer());
    assertThat(
            read(
                    "positional_embedding_type",
                    "\"rotary\"",
                    "rotary_dim",
                    "2",
                    "rotary_base",
                    "100",
                    "rotary_adjacent_pairs",
                    "true",
                    "use_NTK_by_parts_rope",
                    "true")
                .positional())
        .isEqualTo(
            new Positional.Rotary(
                2, 100, RotaryPairs.ADJACENT, new RotaryScaling.ByParts(8, 1, 4, 8192)));
  }

  @Test
  void attentionAndMlpSettingsAreHonoured() throws Exception {
    assertThat(read("use_attn_scale", "false", "attn_scale", "3.5").attending(0).divisor())
        .isEqualTo(1);
    assertThat(read("attn_scale", "3.5").attending(0).divisor()).isEqualTo(3.5);
    assertThat(read("scale_attn_by_inverse_layer_idx", "true").attending(1).divisor())
        .isEqualTo(2 * read().attending(0).divisor());
    assertThat(read("attn_only", "true", "act_fn", "\"solu_ln\"").mlp()).isEqualTo(new Mlp.None());
    assertThat(read("gated_mlp", "true", "d_mlp", "17").mlp()).isInstanceOf(Mlp.Gated.class);
    assertThat(read("act_fn", "\"solu\"").mlp().function().orElseThrow().label()).isEqualTo("solu");
    assertThat(read("parallel_attn_mlp", "true").order()).isEqualTo(BlockOrder.PARALLEL);
    assertThat(read("n_key_value_heads", "1").sizes().keyValueHeads()).isEqualTo(1);
    assertThat(read("default_prepend_bos", "false").prependBos()).isFalse();
  }

  @Test
  void capsWindowsAndFurtherNormsAreHonoured() throws Exception {
    var config = read("attn_scores_soft_cap", "30", "output_logits_soft_cap", "50", "eps", "0.25");
    assertThat(config.attending(1).cap()).hasValue(30);
    assertThat(config.logitCap()).hasValue(50);
    assertThat(read("attn_scores_soft_cap", "-1").attending(0).cap()).isEmpty();
    var local =
        read("use_local_attn", "true", "window_size", "3", "attn_types", "[\"global\", \"local\"]");
    assertThat(local.attending(0).reach()).isEqualTo(Reach.ALL);
    assertThat(local.attending(1).reach()).isEqualTo(new Reach(3));
    assertThat(read("post_embedding_ln", "true").embeddingNorm())
        .isEqualTo(new Norm.Layer(1e-5, Norm.Weights.OWN));
    assertThat(
            read("normalization_type", "\"RMSPre\"", "use_normalization_before_and_after", "true")
                .normBehind())
        .isEqualTo(new Norm.Rms(1e-5, Norm.Weights.OWN));
    assertThat(read("positional_embedding_type", "\"alibi\"").positional())
        .isEqualTo(
            new Positional.Alibi(
                java.util.List.of(Math.pow(2, -8.0 / 3), Math.pow(2, -16.0 / 3), Math.pow(2, -8))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "attention_dir                      | \"bidirectional\"",
        "act_fn                             | \"solu_ln\"",
        "act_fn                             | null",
        "normalization_type                 | \"BatchNorm\"",
        "final_rms                          | true",
        "positional_embedding_type          | \"relative_positional_bias\"",
        "use_qk_norm                        | true",
        "use_local_attn                     | true",
        "load_in_4bit                       | true",
        "use_normalization_before_and_after | true",
        "rotary_scaling_factor              | 8",
        "use_yarn_rope                      | true",
        "num_experts                        | 8",
        "rotary_base_local                  | 10000",
        "original_architecture              | \"neel-solu-old\"",
        "n_layers                           | 3",
        "n_layers                           | 2000000000",
        "n_ctx                              | 1e12",
        "attn_scale                         | 0",
      })
  void whatIsNotBuiltOrMakesNoSenseIsRefusedByName(String key, String value) {
    assertThatThrownBy(() -> read(key, value))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(key)
        .hasMessageContaining("config.json");
  }

  @Test
  void twoSpellingsThatContradictEachOtherAreRefused() {
    assertThatThrownBy(
            () -> read("shortformer_pos", "true", "positional_embedding_type", "\"standard\""))
        .hasMessageContaining("shortformer_pos")
        .hasMessageContaining("standard");
  }
}
