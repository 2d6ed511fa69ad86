package dev.fresnel.load;

import static dev.fresnel.testkit.Closeness.assertClose;

import dev.fresnel.model.Transformer;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Tokens;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelLoaderTest {
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "gpt2-bare", "gpt2-inner-relu", "llama", "llama-bare", "llama-tied", "llama-one-kv", "llama-llama3-rope-v5", "llama-attention-bias"})
  void logits(String name) {
    var golden = Golden.of(name);
    for (String kind : List.of("raw", "default")) {
      var options = kind.equals("raw") ? LoadOptions.DEFAULT.raw() : LoadOptions.DEFAULT;
      try (var files =
              new ModelFiles(
                  name,
                  name,
                  "memory",
                  Settings.read(golden.model().resolve("config.json")),
                  MemorySource.of(golden),
                  () -> null,
                  null);
          Transformer model = ModelLoader.load(files, options);
          var run = model.run(Tokens.ofRows(List.of(golden.tokens())))) {
        assertClose(kind, golden.numbers(kind + ".safetensors").get("logits"), run.logits(), 1e-4);
      }
    }
  }
}
