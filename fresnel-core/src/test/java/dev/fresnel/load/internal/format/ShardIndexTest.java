package dev.fresnel.load.internal.format;

import static dev.fresnel.load.internal.format.Refusal.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.load.internal.format.safetensors.Safetensors;
import dev.fresnel.load.internal.format.safetensors.SafetensorsWriter;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardIndexTest {
  @TempDir Path folder;

  @Test
  void bothShardsOfAModelAreReadThroughTheirIndex() {
    Path index = Golden.of("llama-bf16-shards").model().resolve("model.safetensors.index.json");
    try (var file = open(index);
        var scope = Scope.open()) {
      assertThat(file.names()).hasSize(21).contains("lm_head.weight");
      assertThat(file.stored("lm_head.weight").type()).isEqualTo(DType.BFLOAT16);
      assertThat(file.read("lm_head.weight").floats())
          .startsWith(-1.140625f, 0.296875f, -0.51953125f);
      for (String name : file.names()) {
        assertThat(file.read(name).shape()).isEqualTo(file.stored(name).shape());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../x.safetensors",
        "/x.safetensors",
        "a/x.safetensors",
        "a\\\\x.safetensors",
        "..",
        ".",
        "",
        "C:x",
        "x\\u0000y"
      })
  void aShardOutsideTheFolderIsRefused(String shard) throws IOException {
    Path index = index("{\"weight_map\":{\"a\":\"" + shard + "\"}}");
    assertRefused(index, () -> open(index), "plain name");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"weight_map\":[]}",
        "{\"weight_map\":{\"a\":1}}",
        "{\"weight_map\":{}} x",
        "{\"weight_map\":{\"a\":\"x\",\"a\":\"x\"}}",
        "{\"weight_map\":{\"a\":\"x\""
      })
  void anIndexOfAnotherFormIsRefused(String json) throws IOException {
    Path index = index(json);
    assertRefused(index, () -> open(index));
  }

  @Test
  void aMissingShardIsRefused() throws IOException {
    Path index = index("{\"weight_map\":{\"a\":\"gone.safetensors\"}}");
    assertRefused(folder.resolve("gone.safetensors"), () -> open(index), "does not exist");
  }

  @Test
  void aTensorThatIsNotInItsShardIsRefused() throws IOException {
    try (var scope = Scope.open()) {
      SafetensorsWriter.write(
          folder.resolve("x.safetensors"),
          Map.of("a", Tensor.of(Shape.of(Dim.axis(0), 1), 1f)),
          Map.of());
    }
    Path index = index("{\"weight_map\":{\"a\":\"x.safetensors\",\"b\":\"x.safetensors\"}}");
    assertRefused(index, () -> open(index), "tensor b should be in x.safetensors");
  }

  @Test
  void aShardMayBeALinkToAFileElsewhere() throws IOException {
    Path elsewhere = Files.createDirectory(folder.resolve("blobs")).resolve("0123");
    try (var scope = Scope.open()) {
      SafetensorsWriter.write(
          elsewhere, Map.of("a", Tensor.of(Shape.of(Dim.axis(0), 1), 1f)), Map.of());
    }
    Files.createSymbolicLink(folder.resolve("x.safetensors"), Path.of("blobs/0123"));
    try (var file = open(index("{\"weight_map\":{\"a\":\"x.safetensors\"}}"));
        var scope = Scope.open()) {
      assertThat(file.read("a").item()).isEqualTo(1);
    }
  }

  private static WeightSource open(Path index) {
    return ShardIndex.open(index, Safetensors::open);
  }

  private Path index(String json) throws IOException {
    return Files.writeString(folder.resolve("model.safetensors.index.json"), json);
  }
}
