package dev.fresnel.load.internal.format.torch;

import static dev.fresnel.load.internal.format.Refusal.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.safetensors.Safetensors;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The truth: what torch reads from the same files (checkpoints/make.py). */
public class TorchCheckpointTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "zip.pth, weights",
    "legacy.pth, weights",
    "protocol4.pth, weights",
    "protocol5.pth, weights",
    "training.pth, module",
    "model.pth, module",
  })
  void everyFormGivesTheNumbersThatTorchReads(String name, String expected) {
    try (var file = TorchCheckpoint.open(resource(name));
        var truth = Safetensors.open(resource(expected + ".safetensors"));
        var scope = Scope.open()) {
      assertThat(file.names()).containsExactlyInAnyOrderElementsOf(truth.names());
      for (String tensor : truth.names()) {
        assertThat(file.stored(tensor).shape()).as(tensor).isEqualTo(truth.stored(tensor).shape());
        assertThat(file.read(tensor).dtype()).as(tensor).isEqualTo(truth.read(tensor).dtype());
        assertThat(file.read(tensor).bytes()).as(tensor).isEqualTo(truth.read(tensor).bytes());
      }
    }
  }

  @Test
  void whatTransformerLensSavedIsRead() {
    try (var file = TorchCheckpoint.open(Golden.of("tl-alibi").model().resolve("model.pth"));
        var scope = Scope.open()) {
      assertThat(file.names()).contains("embed.W_E");
      assertThat(file.read("embed.W_E").shape()).hasToString("[axis0 37, axis1 12]");
      assertThat(file.description()).endsWith("model.pth");
    }
  }

  @Test
  void aWholeModuleIsRefusedByTheNameOfItsClass() {
    Path path = resource("module.pth");
    assertRefused(
        path,
        () -> TorchCheckpoint.open(path),
        "torch.nn.modules.container.Sequential",
        "state_dict()");
  }

  @Test
  void aTensorThatDoesNotExistIsAnErrorThatNamesTheNearestOfThoseThatDo() {
    try (var file = TorchCheckpoint.open(resource("zip.pth"))) {
      assertThatThrownBy(() -> file.read("wte"))
          .isInstanceOf(FresnelException.class)
          .hasMessageContainingAll("zip.pth", "no tensor wte; the nearest of its 18 are base");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zip.pth", "legacy.pth"})
  void truncationsAreRefused(String name) throws IOException {
    byte[] whole = Files.readAllBytes(resource(name));
    for (int length = 0;
        length < whole.length;
        length += length < 64 || length > whole.length - 64 ? 1 : 13) {
      Path path = Files.write(folder.resolve("cut.pth"), Arrays.copyOf(whole, length));
      assertRefused(path, () -> TorchCheckpoint.open(path));
    }
  }

  public static Path resource(String name) {
    try {
      return Path.of(TorchCheckpointTest.class.getResource("/checkpoints/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
