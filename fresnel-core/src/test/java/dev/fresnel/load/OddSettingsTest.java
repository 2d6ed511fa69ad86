package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.family.Settings;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.TokenizerOrReason;
import dev.fresnel.text.Tokens;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a configuration says, the model runs or a FresnelException tells why it does not. */
class OddSettingsTest {
  private static final List<Object> ODD =
      Arrays.asList(
          null,
          -1,
          0,
          1,
          2,
          3,
          7,
          1L << 31,
          Long.MAX_VALUE,
          1e308,
          -1e-300,
          0.5,
          Double.NaN,
          true,
          false,
          "",
          "x",
          "default",
          List.of(),
          List.of(1),
          Map.of(),
          Map.of("type", "linear"),
          Map.of("a", Map.of()),
          Map.of(
              "rope_type",
              "llama3",
              "factor",
              1,
              "low_freq_factor",
              4,
              "high_freq_factor",
              4,
              "original_max_position_embeddings",
              1));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2",
        "llama",
        "llama-llama3-rope",
        "llama-v5",
        "tl-rotary-rms",
        "tl-shortformer-neel",
        "gguf-rope-freqs",
        "gguf-gpt2"
      })
  void eachValueIsRunOrRefused(String name) {
    Path folder = Golden.of(name).model();
    try (var files = ModelDirectory.open(folder, name)) {
      var values = new LinkedHashMap<String, Object>();
      files.settings().keys().forEach(key -> values.put(key, files.settings().raw(key)));
      if (Files.exists(folder.resolve("config.json"))) {
        values.putIfAbsent("rope_scaling", null);
        values.putIfAbsent("rope_parameters", null);
        values.putIfAbsent("sliding_window", null);
      }
      for (String key : List.copyOf(values.keySet())) {
        for (Object odd : ODD) {
          var changed = new LinkedHashMap<>(values);
          changed.put(key, odd);
          runOrRefuse(files, Settings.of("settings", changed), key + " = " + odd);
        }
      }
    }
  }

  /** What the settings come to: a configuration that has run need not run again. */
  private final Set<ModelConfig> ran = new HashSet<>();

  private void runOrRefuse(ModelFiles files, Settings settings, String what) {
    var changed =
        new ModelFiles(
            "odd", "odd", "test", settings, files.weights(), trust -> TokenizerOrReason.NONE, null);
    try (var model = ModelLoader.load(changed, LoadOptions.DEFAULT.raw())) {
      if (ran.add(model.config())) {
        try (var run = model.run(Tokens.of(1, 2, 1))) {
          assertThat(run.logits().floats()).as(what).doesNotContain(Float.NaN);
        }
      }
    } catch (FresnelException e) {
      assertThat(e.getMessage()).as(what).isNotBlank().hasSizeLessThan(4000);
    } catch (RuntimeException e) {
      throw new AssertionError(what, e);
    }
  }
}
