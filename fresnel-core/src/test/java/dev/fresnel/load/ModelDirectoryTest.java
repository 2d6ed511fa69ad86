package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelDirectoryTest {
  @TempDir private Path temporary;
  private Path folder;

  @BeforeEach
  void aFolder() throws IOException {
    folder = Files.createDirectory(temporary.resolve("my-model"));
  }

  private void fails(String... parts) {
    assertThatThrownBy(() -> Fresnel.load(folder))
        .isInstanceOf(FresnelException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(parts));
  }

  @Test
  void thePathMustBeThere() {
    assertThatThrownBy(() -> Fresnel.load(folder.resolve("nothing")))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("there is no file or folder " + folder.resolve("nothing"));
  }

  @Test
  void anEmptyFolderIsToldWhatWasLookedFor() {
    fails(
        "has no weights",
        "model.safetensors, model.safetensors.index.json, pytorch_model.bin",
        ".gguf",
        "It is empty");
  }

  @Test
  void aConfigurationAloneIsNotEnough() throws IOException {
    Files.copy(Golden.of("gpt2").model().resolve("config.json"), folder.resolve("config.json"));
    fails("has no weights, only a config.json");
  }

  @Test
  void weightsAloneAreNotEnough() throws IOException {
    Files.copy(
        Golden.of("gpt2").model().resolve("model.safetensors"),
        folder.resolve("model.safetensors"));
    fails("has weights (model.safetensors) but no config.json");
  }

  @Test
  void severalWeightFilesAreNotGuessedAbout() throws IOException {
    Files.copy(Golden.of("gguf-f32").model().resolve("model.gguf"), folder.resolve("a.gguf"));
    Files.copy(Golden.of("gguf-f16").model().resolve("model.gguf"), folder.resolve("b.gguf"));
    fails("several weight files: a.gguf, b.gguf");
    try (var model = Fresnel.load(folder.resolve("b.gguf"))) {
      assertThat(model.config().name()).isEqualTo("b");
    }
  }

  @Test
  void aFileOfAnotherKindIsRefused() throws IOException {
    ModelFinderTest.copyModel("gpt2", folder);
    Files.writeString(folder.resolve("notes.txt"), "hello");
    assertThatThrownBy(() -> Fresnel.load(folder.resolve("notes.txt")))
        .hasMessageContaining("notes.txt is no weight file that can be read");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{",
        "{\"n_layer\": 1, \"n_layer\": 2}",
        "{} {}",
        "{\"a\": NaN}"
      })
  void aConfigurationThatIsNoJsonObjectIsAnErrorThatNamesIt(String json) throws IOException {
    ModelFinderTest.copyModel("gpt2", folder);
    Files.writeString(folder.resolve("config.json"), json);
    fails(folder.resolve("config.json").toString());
  }

  @Test
  void nestingWithoutEndIsRefused() throws IOException {
    ModelFinderTest.copyModel("gpt2", folder);
    Files.writeString(folder.resolve("config.json"), "{\"a\":" + "[".repeat(100_000));
    fails("config.json");
  }

  @Test
  void aConfigurationOfHugeSizeIsRefused() throws IOException {
    ModelFinderTest.copyModel("gpt2", folder);
    Files.write(folder.resolve("config.json"), new byte[(16 << 20) + 1]);
    fails("config.json", "more than 2097152 bytes");
  }

  @Test
  void aModelIsCalledByItsFolderAndSaysWhereItCameFrom() throws IOException {
    ModelFinderTest.copyModel("gpt2", folder);
    try (var model = Fresnel.load(folder)) {
      assertThat(model.config().name()).isEqualTo("my-model");
      assertThat(model.provenance().source()).isEqualTo(folder.toString());
      assertThat(model.provenance().architecture()).isEqualTo("GPT2LMHeadModel");
      assertThat(model.provenance().format()).isEqualTo("safetensors F32");
      assertThat(model.provenance().bytes())
          .isEqualTo(Files.size(folder.resolve("model.safetensors")));
      assertThat(model.tokenizer()).isEmpty();
    }
  }

  @Test
  void aQuantizedFileSaysHow() {
    try (var model = Fresnel.load(Golden.of("gguf-q4-1").model())) {
      assertThat(model.provenance().format()).isEqualTo("GGUF Q4_1");
      assertThat(model.provenance().architecture()).isEqualTo("llama");
    }
  }

  @Test
  void theTokenizerBesideTheWeightsIsUsed() throws IOException {
    ModelFinderTest.copyModel("gpt2", folder);
    Files.write(folder.resolve("tokenizer.json"), tokenizerJson());
    try (var model = Fresnel.load(folder)) {
      assertThat(model.tokenizer()).isPresent();
    }
  }

  @Test
  void aTokenizerThatCannotBeUsedIsMissedOnlyByText() throws IOException {
    ModelFinderTest.copyModel("gpt2", folder);
    Files.writeString(folder.resolve("tokenizer.json"), "{}", StandardCharsets.UTF_8);
    try (var model = Fresnel.load(folder);
        var run = model.run(model.tokens(1, 2))) {
      assertThat(run.logits().floats()).doesNotContain(Float.NaN);
      assertThatThrownBy(() -> model.tokens("one"))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("my-model cannot read text, for it has a tokenizer that cannot be")
          .hasMessageContaining("used: it has no \"model\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"})
  void aSmallFileThatCannotBeReadIsMissedOnlyByText(String name) throws IOException {
    ModelFinderTest.copyModel("gpt2", folder);
    Files.write(folder.resolve("tokenizer.json"), tokenizerJson());
    Files.writeString(folder.resolve(name), "{\"cut", StandardCharsets.UTF_8);
    try (var model = Fresnel.load(folder);
        var run = model.run(model.tokens(1, 2))) {
      assertThat(run.logits().floats()).doesNotContain(Float.NaN);
      assertThatThrownBy(() -> model.tokens("one"))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("has a tokenizer that cannot be used: " + name)
          .hasMessageEndingWith("again; give token ids instead");
    }
  }

  private static byte[] tokenizerJson() throws IOException {
    Path tokenizers = Golden.root().resolve("tokenizers");
    try (var files = Files.walk(tokenizers)) {
      return Files.readAllBytes(
          files.filter(file -> file.endsWith("tokenizer.json")).sorted().findFirst().orElseThrow());
    }
  }

  @Test
  void aGgufFileBringsItsTokenizerAndItsWordAboutBos() {
    try (var model = Fresnel.load(Golden.of("gguf-tokenizer").model())) {
      assertThat(model.tokenizer()).isPresent();
      assertThat(model.config().prependBos()).isFalse();
      int[] expected = Golden.of("gguf-tokenizer").tokens()[0];
      String text = Golden.of("gguf-tokenizer").about().get("text").asText();
      assertThat(model.tokens(text).ids(0)).containsExactly(expected);
    }
    try (var model = Fresnel.load(Golden.of("gguf-f32").model())) {
      assertThat(model.tokenizer()).isEmpty();
    }
  }
}
