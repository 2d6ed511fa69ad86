package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.family.Settings;
import dev.fresnel.model.Transformer;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.TokenizerOrReason;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each key of a GGUF file's metadata set to another value, as {@code parity/gguf_keys.py} did it in
 * transformers: what changes the logits there changes them here alike, or is refused.
 */
class GgufKeysTest {
  private static final JsonNode KEYS = Golden.json(Golden.root().resolve("keys/gguf.json"));

  /**
   * What transformers does not read and llama.cpp does, for this architecture or another, after the
   * architecture's name.
   */
  private static final Set<String> READ_BY_LLAMA_CPP =
      Set.of(
          "attention.key_length",
          "attention.value_length",
          "attention.causal",
          "attention.sliding_window",
          "attention.max_alibi_bias",
          "attention.clamp_kqv",
          "rope.scaling.type",
          "rope.scaling.factor",
          "rope.scale_linear",
          "rope.scaling.attn_factor",
          "expert_count",
          "nextn_predict_layers",
          "logit_scale",
          "residual_scale",
          "embedding_scale",
          "use_parallel_residual",
          "attn_logit_softcapping",
          "final_logit_softcapping");

  /** Of numbers about 1: the golden has five digits. */
  private static final double TOLERANCE = 1e-4;

  private final List<String> remarks = new ArrayList<>();

  private Transformer load(String golden, Map<String, Object> changes) {
    remarks.clear();
    try (var files = ModelDirectory.open(Golden.of(golden).model(), golden)) {
      var values = new LinkedHashMap<String, Object>();
      files.settings().keys().forEach(key -> values.put(key, files.settings().raw(key)));
      values.putAll(changes);
      var settings = Settings.of(files.settings().file(), values);
      var changed =
          new ModelFiles(
              golden,
              golden,
              "test",
              settings,
              files.weights(),
              same -> TokenizerOrReason.NONE,
              null);
      return ModelLoader.load(changed, LoadOptions.DEFAULT.raw().reporting(new Remarks(remarks)));
    }
  }

  private record Remarks(List<String> said) implements Progress {
    @Override
    public void at(String what, long done, long total) {}

    @Override
    public void remark(String sentence) {
      said.add(sentence);
    }
  }

  private static Object value(JsonNode value) {
    return value.isBoolean()
        ? (Object) value.booleanValue()
        : value.isInt()
            ? (Object) value.longValue()
            : value.isNumber() ? (Object) value.doubleValue() : value.textValue();
  }

  @Test
  void whatChangesTheOriginalChangesThisOrIsRefused() {
    JsonNode measured = KEYS.path("models").path("llama");
    String golden = measured.path("golden").textValue();
    var faults = new ArrayList<String>();
    for (JsonNode row : measured.path("rows")) {
      String fault = fault(golden, row, measured.path("logits"));
      if (fault != null) {
        faults.add(row.path("key") + " = " + row.path("value") + ": " + fault);
      }
    }
    assertThat(faults).isEmpty();
  }

  private String fault(String golden, JsonNode row, JsonNode usual) {
    String key = row.path("key").textValue();
    String outcome = row.path("outcome").asText();
    boolean elsewhere = READ_BY_LLAMA_CPP.contains(key.replaceFirst("^llama\\.", ""));
    try (var model = load(golden, Map.of(key, value(row.path("value"))))) {
      if (outcome.equals("fails")) {
        return "the original refuses it";
      }
      if (elsewhere) {
        return null; // held by the tests below
      }
      int[] ids = new int[KEYS.path("ids").size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = KEYS.path("ids").get(i).intValue();
      }
      try (var run = model.run(Tokens.of(ids))) {
        JsonNode expected = outcome.equals("same") ? usual : row.path("outcome");
        float[] all = run.logits().floats();
        int first = all.length - expected.size();
        for (int i = 0; i < expected.size(); i++) {
          double original = expected.get(i).doubleValue();
          if (!(Math.abs(all[first + i] - original) <= TOLERANCE * (1 + Math.abs(original)))) {
            return "logit " + i + " is " + all[first + i] + " in place of " + original;
          }
        }
        return null;
      }
    } catch (FresnelException refused) {
      boolean longer = key.endsWith("context_length"); // the text has more tokens than that
      return outcome.equals("same") && !elsewhere && !longer
          ? "refused needlessly: " + refused.getMessage()
          : null;
    }
  }

  /** As llama.cpp, whose scaling is linear unless the file says another; a factor of 0 is none. */
  @ParameterizedTest
  @ValueSource(strings = {"llama.rope.scaling.factor", "llama.rope.scale_linear"})
  void aFactorOfRotaryScalingAloneMeansLinear(String key) {
    Map<String, Object> both =
        Map.of("llama.rope.scaling.type", "linear", "llama.rope.scaling.factor", 2.0);
    try (var said = load("gguf-f32", both);
        var alone = load("gguf-f32", Map.of(key, 2.0));
        var none = load("gguf-f32", Map.of(key, 0.0));
        var off = load("gguf-f32", Map.of(key, 2.0, "llama.rope.scaling.type", "none"));
        var unscaled = load("gguf-f32", Map.of("llama.rope.scaling.type", "linear"));
        var usual = load("gguf-f32", Map.of())) {
      assertThat(alone.config()).isEqualTo(said.config()).isNotEqualTo(usual.config());
      assertThat(none.config()).isEqualTo(usual.config());
      assertThat(off.config()).isEqualTo(usual.config());
      assertThat(unscaled.config()).isEqualTo(usual.config());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gguf-f32, llama.expert_count",
    "gguf-f32, llama.nextn_predict_layers",
    "gguf-f32, llama.attention.sliding_window",
    "gguf-gpt2, gpt2.expert_count",
    "gguf-gpt2, gpt2.nextn_predict_layers",
    "gguf-gpt2, gpt2.attention.head_count_kv"
  })
  void whatLlamaCppReadsAndIsNotBuiltIsRefusedByItsName(String golden, String key) {
    assertThatThrownBy(() -> load(golden, Map.of(key, 1L)).close())
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(key + " = 1 is not supported");
  }

  @Test
  void aKeyThatNobodyReadsIsToldAndKeysAboutTheFileAreNot() {
    load("gguf-f32", Map.of("llama.a_key", 1L, "general.author", "x", "general.tags", "x")).close();
    assertThat(remarks).singleElement().asString().contains("llama.a_key");
  }
}
