package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model's folder in which something else stands in a file's place. */
class ForeignFilesTest {
  @TempDir Path folder;

  @BeforeEach
  void model() throws IOException {
    ModelFinderTest.copyModel("gpt2-text", folder);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "model.safetensors"
      })
  void pipesDevicesAndFoldersAreRefused(String name) throws Exception {
    Path file = folder.resolve(name);
    Files.deleteIfExists(file);
    assumeTrue(mkfifo(file), "this system has pipes");
    refused(name + " is a pipe");
    Files.delete(file);
    Files.createDirectory(file);
    refused(name + " is a folder");
    Files.delete(file);
    Files.createSymbolicLink(file, Path.of("/dev/zero"));
    refused(name.equals("model.safetensors") ? "is a device" : "outside its folder");
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "tokenizer_config.json", "model.safetensors.index.json"})
  void aFileThatFailsToParseIsNotQuoted(String name) throws IOException {
    Files.writeString(folder.resolve(name), "\nsecret:x:0:0\n");
    if (name.contains("index")) {
      Files.delete(folder.resolve("model.safetensors"));
    }
    assertThatThrownBy(
            () -> {
              try (var model = Fresnel.load(folder)) {
                model.tokens("a");
              }
            })
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("line 2, column")
        .hasMessageContaining("expected")
        .satisfies(ForeignFilesTest::quotesNothing);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors", "model.pth", "model.gguf"})
  void whatIsNoWeightFileIsNotQuoted(String name) throws IOException {
    Path file = Files.writeString(folder.resolve(name), "secret:x:0:0\n".repeat(20));
    assertThatThrownBy(() -> WeightFiles.open(file))
        .isInstanceOf(FresnelException.class)
        .satisfies(ForeignFilesTest::quotesNothing);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\u001b[31m", "\\u009b31m", "\\u202eabc", "\\u2028"})
  void controlCharactersOfAFileAreEscapedInMessages(String hostile) throws IOException {
    for (String config :
        List.of(
            "{\"model_type\":\"" + hostile + "\"}",
            "{\"model_type\":\"gpt2\",\"n_layer\":\"" + hostile + "\"}")) {
      Files.writeString(folder.resolve("config.json"), config);
      assertThatThrownBy(this::load)
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining(hostile)
          .message()
          .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");
    }
  }

  @Test
  void linksToWeightsAreFollowed(@TempDir Path elsewhere) throws IOException {
    Path weights = folder.resolve("model.safetensors");
    Path moved = Files.move(weights, elsewhere.resolve("w"));
    Files.createSymbolicLink(weights, moved);
    load();
  }

  @Test
  void anInterruptedLoadSaysSo() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(this::load)
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("interrupted");
    } finally {
      Thread.interrupted();
    }
    load();
  }

  private static void quotesNothing(Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      String message = String.valueOf(e.getMessage());
      if (message.contains("secret") || message.contains("8663364812260205939")) { // its bytes
        throw new AssertionError("quotes the file: " + message);
      }
    }
  }

  private void refused(String message) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () ->
            assertThatThrownBy(this::load)
                .isInstanceOf(FresnelException.class)
                .hasMessageContaining(message));
  }

  private void load() {
    Loading.byPath(folder, LoadOptions.DEFAULT).close();
  }

  private static boolean mkfifo(Path file) throws Exception {
    try {
      Process process = new ProcessBuilder("mkfifo", file.toString()).start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
