package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.hub.FakeHub;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Adapters that are repositories of the hub. */
class HubAdapterTest {
  @TempDir private Path home;
  private FakeHub server;
  private Map<String, String> environment;

  @BeforeEach
  void aHub() {
    server = new FakeHub();
    environment = Map.of("HF_ENDPOINT", server.address());
  }

  @AfterEach
  void close() {
    server.close();
  }

  private ModelFinder finder() {
    return new ModelFinder(environment, home, Progress.NONE);
  }

  private void download(String repository) {
    ModelStore.of(environment, home, Progress.NONE).download(repository);
  }

  private void serve(String repository, Path folder, String... names) throws IOException {
    var served = server.repository(repository);
    for (String name : names) {
      served.large(name, Files.readAllBytes(folder.resolve(name)));
    }
  }

  @Test
  void anAdapterIsMergedIntoItsBaseInTheCache() throws IOException {
    Path golden = Golden.root().resolve("lora/gpt2");
    serve("maker/adapter", golden, "adapter_config.json", "adapter_model.safetensors");
    assertThatThrownBy(() -> finder().open("maker/adapter"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContainingAll(
            "LoRA adapter", "maker/gpt2", "not in the Hugging Face cache", "fresnel download")
        .hasMessageNotContaining("put its folder there");

    serve("maker/gpt2", Golden.of("gpt2").model(), "config.json", "model.safetensors");
    download("maker/gpt2");
    var expected = new Golden(golden, Golden.json(golden.resolve("golden.json")));
    try (var opened = finder().open("maker/adapter");
        var model = ModelLoader.load(opened, LoadOptions.DEFAULT.raw());
        var run = model.run(Tokens.of(expected.tokens()[0]))) {
      assertThat(model.config().name()).isEqualTo("maker/adapter");
      float[] logits = expected.numbers("logits.safetensors").get("logits").values();
      assertThat(run.logits().floats()).containsExactly(logits, within(1e-3f));
    }
  }

  @Test
  void whatCannotBeMergedIsSaidBeforeItsWeightsAreFetched() {
    server
        .repository("maker/other")
        .small("adapter_config.json", "{\"peft_type\": \"IA3\"}")
        .large("adapter_model.safetensors", new byte[9]);
    assertThatThrownBy(() -> download("maker/other")).hasMessageContaining("IA3");
    assertThat(List.copyOf(server.asked()).toString()).doesNotContain("adapter_model");
  }
}
