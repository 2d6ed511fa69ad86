package dev.fresnel.load;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Tokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** LoRA adapters, against what PEFT makes of the same files. */
class AdapterTest {
  /** As in {@code ForwardParityTest}: sums of float32 in another order. */
  private static final double TOLERANCE = 2e-4;

  @TempDir private Path folder;

  private Path adapter() {
    return folder.resolve("adapter");
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (var files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static Golden adapter(String name) {
    Path golden = Golden.root().resolve("lora").resolve(name);
    return new Golden(golden, Golden.json(golden.resolve("golden.json")));
  }

  private void adapterAlone(String name) throws IOException {
    copy(adapter(name).folder(), adapter());
  }

  private void baseBeside(String name) throws IOException {
    copy(Golden.of(name).model(), folder.resolve(name));
  }

  @ParameterizedTest
  @CsvSource({"gpt2, gpt2", "llama, llama", "llama-rslora, llama", "llama-patterns, llama"})
  void aLoraIsMergedIntoTheBaseBesideIt(String name, String base) throws IOException {
    adapterAlone(name);
    baseBeside(base);
    var golden = adapter(name);
    try (var model = Fresnel.load(adapter(), LoadOptions.DEFAULT.raw());
        var run = model.run(Tokens.of(golden.tokens()[0]))) {
      assertThat(model.config().name()).isEqualTo("adapter");
      assertThat(run.logits())
          .isCloseTo(golden.numbers("logits.safetensors").get("logits"), TOLERANCE);
    }
  }

  @Test
  void aBaseInTheCacheServesToo() throws IOException {
    adapterAlone("llama");
    baseBeside("llama");
    Path cached = Files.move(folder.resolve("llama"), folder.resolve("elsewhere"));
    Adapter.Bases bases =
        name -> {
          assertThat(name).isEqualTo("maker/llama");
          return Optional.of(ModelDirectory.open(cached, name));
        };
    try (var files = ModelDirectory.open(adapter(), "adapter", "adapter", bases);
        var model = ModelLoader.load(files, LoadOptions.DEFAULT.raw());
        var run = model.run(Tokens.of(adapter("llama").tokens()[0]))) {
      assertThat(run.logits())
          .isCloseTo(adapter("llama").numbers("logits.safetensors").get("logits"), TOLERANCE);
    }
  }

  @Test
  void withoutItsBaseTheErrorNamesItAndHowToMerge() throws IOException {
    adapterAlone("gpt2");
    var finder = new ModelFinder(Map.of("HF_HOME", folder.toString()), folder, Progress.NONE);
    assertThatThrownBy(() -> finder.open(adapter().toString()))
        .isInstanceOf(FresnelException.class)
        .hasMessageContainingAll(
            "LoRA adapter, not a whole model",
            "maker/gpt2",
            folder.resolve("gpt2").toString(),
            "fresnel download maker/gpt2",
            "merge_and_unload");
  }

  private void change(String from, String to) throws IOException {
    Path config = adapter().resolve("adapter_config.json");
    String before = Files.readString(config);
    assertThat(before).contains(from);
    Files.writeString(config, before.replace(from, to));
  }

  private void refused(String... parts) {
    assertThatThrownBy(() -> Fresnel.load(adapter()))
        .isInstanceOf(FresnelException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(parts));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "\"peft_type\": \"LORA\"; \"peft_type\": \"IA3\"; peft_type; IA3",
        "\"use_dora\": false; \"use_dora\": true; use_dora; true",
        "\"bias\": \"none\"; \"bias\": \"all\"; bias; all",
        "\"modules_to_save\": null; \"modules_to_save\": [\"lm_head\"]; modules_to_save; lm_head",
        "\"lora_bias\": false; \"new_key\": 3; new_key; 3",
        "\"init_lora_weights\": true; \"init_lora_weights\": \"pissa_niter_4\"; init_lora_weights;"
            + " pissa"
      })
  void whatIsNotMergedIsRefusedByName(String from, String to, String key, String value)
      throws IOException {
    adapterAlone("llama");
    baseBeside("llama");
    change(from, to);
    refused("adapter_config.json", key, value, "Python");
  }

  @Test
  void aRankThatIsNotTheMatricesIsRefused() throws IOException {
    adapterAlone("llama");
    baseBeside("llama");
    change("\"r\": 3", "\"r\": 4");
    refused("says rank 4 for ", "have rank 3");
  }

  /** PEFT names the pair of an embedding in another way, and its product is transposed. */
  @Test
  void aLoraOnAnEmbeddingIsRefusedByName() throws IOException {
    adapterAlone("llama");
    baseBeside("llama");
    Path weights = adapter().resolve("adapter_model.safetensors");
    String before = Files.readString(weights, StandardCharsets.ISO_8859_1);
    var name = Pattern.compile("\"[^\"]+\\.lora_A\\.weight\"").matcher(before);
    assertThat(name.find()).isTrue();
    String embedding = "base_model.model.model.embed_tokens.lora_embedding_A";
    String padded =
        '"' + embedding + '"' + " ".repeat(name.group().length() - embedding.length() - 2);
    Files.writeString(weights, before.replace(name.group(), padded), StandardCharsets.ISO_8859_1);
    refused("lora_A.weight", embedding, "merge them in Python");
  }

  @Test
  void anotherModelUnderTheBasesNameIsToldByItsWeights() throws IOException {
    adapterAlone("llama");
    copy(Golden.of("gpt2").model(), folder.resolve("llama"));
    refused("layers.0", "does not have", "the nearest is");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../llama", "/etc", "..", "."})
  void theBaseIsLookedForBesideTheAdapterAlone(String base) throws IOException {
    adapterAlone("llama");
    change("maker/llama", base);
    assertThatThrownBy(() -> Fresnel.load(adapter())).isInstanceOf(FresnelException.class);
  }

  @Test
  void anAdapterBesideAWholeModelIsAmbiguous() throws IOException {
    adapterAlone("llama");
    copy(Golden.of("llama").model(), adapter());
    refused("has an adapter", "and a whole model", "model.safetensors");
  }
}
