package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.family.Settings;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.TokenizerOrReason;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** An error states only what was looked at: one mistake of each kind. */
class MessagesTest {
  private static Throwable refusal(String golden, Map<String, Object> changes) {
    return refusal(golden, changes, "");
  }

  /** What loading says where some settings have other values, and one is taken out. */
  private static Throwable refusal(String golden, Map<String, Object> changes, String without) {
    Path model = Golden.of(golden).model();
    try (var files = ModelDirectory.open(model, golden)) {
      var values = new LinkedHashMap<String, Object>();
      files.settings().keys().forEach(key -> values.put(key, files.settings().raw(key)));
      values.putAll(changes);
      values.remove(without);
      var changed =
          new ModelFiles(
              golden,
              golden,
              "test",
              Settings.of(files.settings().file(), values),
              files.weights(),
              same -> TokenizerOrReason.NONE,
              null);
      return catchThrowable(() -> ModelLoader.load(changed, LoadOptions.DEFAULT).close());
    }
  }

  @Test
  void oneFileIsNotSaidToBeTwo() {
    assertThat(refusal("gguf-gpt2", Map.of("gpt2.block_count", 5)))
        .hasMessageContainingAll("says gpt2.block_count 5, but it holds the weights of", "convert")
        .message()
        .doesNotContain("two files", "together", "damaged");
  }

  @Test
  void weightsThatDoNotFitTheirOwnFilesSettingsAreNotSetAgainstAnotherFile() {
    assertThat(refusal("gguf-gpt2", Map.of("gpt2.context_length", 5)))
        .hasMessageContainingAll("does not fit its own settings", "Convert the model again");
  }

  @Test
  void aNumberOfLayersNamesBothFilesAndBothNumbers() {
    assertThat(refusal("gpt2", Map.of("n_layer", 5)))
        .hasMessageContainingAll(
            "config.json says n_layer 5, but ", "holds the weights of 3 layers")
        .message()
        .doesNotContain("damaged");
  }

  @Test
  void aDefaultIsNotQuotedAsWhatTheFileSays() {
    assertThat(refusal("gpt2", Map.of(), "n_layer"))
        .hasMessageContaining("says no n_layer, which means 12");
    assertThat(refusal("gpt2", Map.of("n_embd", 20), "n_head"))
        .hasMessageContaining(
            "n_embd (20) must be a multiple of n_head (12, since it is not said)");
  }

  @Test
  void aTensorThatIsNotThereIsToldWithTheNearest() {
    Path file = Golden.of("gpt2").model().resolve("model.safetensors");
    try (var tensors = TensorFile.open(file)) {
      assertThatThrownBy(() -> tensors.read("transformer.wte.wieght"))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("has no tensor transformer.wte.wieght; the nearest of its")
          .hasMessageContaining("transformer.wte.weight");
    }
  }
}
