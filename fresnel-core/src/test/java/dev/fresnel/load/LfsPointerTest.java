package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of a repository that was cloned without Git LFS. */
class LfsPointerTest {
  static final String POINTER =
      "version https://git-lfs.github.com/spec/v1\n"
          + "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
          + "size 548105171\n";

  @TempDir private Path folder;

  private static void refused(Path model, Path pointer) {
    assertThatThrownBy(() -> Fresnel.load(model).close())
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(pointer + " is not the file itself but Git LFS's pointer")
        .hasMessageContaining("548 MB")
        .hasMessageContaining("'git lfs pull' in " + pointer.getParent());
  }

  private Path replaced(String golden, String file) throws IOException {
    ModelFinderTest.copyModel(golden, folder);
    return Files.writeString(folder.resolve(file), POINTER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors", "pytorch_model.bin", "other.pth", "model.gguf"})
  void inAWeightsPlaceItIsNamedWithWhatToDo(String file) throws IOException {
    Files.copy(
        dev.fresnel.testkit.Golden.of("gpt2").model().resolve("config.json"),
        folder.resolve("config.json"));
    Path pointer = Files.writeString(folder.resolve(file), POINTER);
    refused(folder, pointer);
    refused(pointer, pointer);
    assertThatThrownBy(() -> TensorFile.open(pointer)).hasMessageContaining("git lfs pull");
  }

  @Test
  void inAShardsPlaceToo() throws IOException {
    ModelFinderTest.copyModel("llama-bf16-shards", folder);
    Path shard;
    try (var files = Files.list(folder)) {
      shard =
          files.filter(file -> file.toString().endsWith(".safetensors")).findFirst().orElseThrow();
    }
    Files.writeString(shard, POINTER.replace("\n", "\r\n"));
    refused(folder, shard);
  }

  @Test
  void inATokenizersPlaceToo() throws IOException {
    Path pointer = replaced("gpt2", "tokenizer.json");
    refused(folder, pointer);
  }

  @Test
  void whatIsNoPointerIsNone() throws IOException {
    Path file = folder.resolve("x");
    for (String text :
        new String[] {
          "", "version https://git-lfs.github.com/spec/v1\n", POINTER + "x".repeat(1024)
        }) {
      assertThat(LfsPointer.in(Files.writeString(file, text))).isEmpty();
    }
    assertThat(LfsPointer.in(folder)).isEmpty();
    assertThat(LfsPointer.in(Files.writeString(file, POINTER)))
        .map(LfsPointer::bytes)
        .contains(548_105_171L);
  }
}
