package dev.fresnel.load.internal.format.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SafetensorsWriterTest {
  private static final Dim ROW = Dim.axis(0);
  private static final Dim COLUMN = Dim.axis(1);

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(DType.class)
  void whatIsWrittenIsReadWithItsTypeNamesAndMetadata(DType type) {
    Path path = folder.resolve("x.safetensors");
    try (var scope = Scope.open()) {
      var tensors = new LinkedHashMap<String, Tensor>();
      tensors.put("odd", Tensor.of(Shape.of(ROW, 3), 1f, 0f, 1f).to(DType.UINT8));
      tensors.put(
          "π \"quoted\"",
          Tensor.of(Shape.of(ROW, 2).and(COLUMN, 3), 1f, 0f, 1f, 1f, 1f, 0f).to(type));
      tensors.put("scalar", Tensor.full(Shape.SCALAR, 2.5));
      tensors.put("empty", Tensor.of(Shape.of(ROW, 0), new float[0]));
      SafetensorsWriter.write(path, tensors, Map.of("made by", "a test\n"));
      try (var file = Safetensors.open(path)) {
        assertThat(file.notes()).containsExactly(Map.entry("made by", "a test\n"));
        assertThat(file.names()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
        tensors.forEach(
            (name, tensor) -> {
              assertThat(file.read(name).dtype()).isEqualTo(tensor.dtype());
              assertThat(file.read(name).shape()).isEqualTo(tensor.shape());
              assertThat(file.read(name).bytes()).isEqualTo(tensor.bytes());
            });
      }
    }
  }

  @Test
  void tensorsOfManyPiecesAndTransposedOnesKeepTheirOrder() {
    Path path = folder.resolve("x.safetensors");
    int rows = 3;
    int columns = 1_100_000;
    var values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    try (var scope = Scope.open()) {
      var wide = Tensor.of(Shape.of(ROW, rows).and(COLUMN, columns), values);
      var tall = wide.order(COLUMN, ROW);
      SafetensorsWriter.write(path, Map.of("wide", wide, "tall", tall), Map.of());
      try (var file = Safetensors.open(path)) {
        assertThat(file.read("wide").floats()).isEqualTo(values);
        assertThat(file.read("tall").floats()).isEqualTo(tall.floats());
      }
    }
  }

  @Test
  void aWriteThatFailsLeavesTheOldFileAndNothingElse() throws IOException {
    Path path = Files.writeString(folder.resolve("x.safetensors"), "old");
    try (var inner = Scope.open()) {
      var closed = Tensor.of(Shape.of(ROW, 1), 1f);
      inner.close();
      assertThatThrownBy(() -> SafetensorsWriter.write(path, Map.of("closed", closed), Map.of()))
          .isInstanceOf(FresnelException.class);
    }
    assertThat(path).hasContent("old");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(path);
    }
  }

  @Test
  void aPlaceThatCannotBeWrittenIsAnErrorThatSaysWhy() throws IOException {
    assertRefused(folder, "is a folder");
    assertRefused(folder.resolve("missing/x.safetensors"), "does not exist");
    Path file = Files.writeString(folder.resolve("file"), "");
    assertRefused(file.resolve("x.safetensors"), "does not exist");
    Path system = Path.of("/proc/fresnel.safetensors");
    if (Files.isDirectory(system.getParent())) {
      assertRefused(system, "cannot be written");
    }
  }

  @Test
  void theNameOfTheMetadataIsNoNameForATensor() {
    try (var scope = Scope.open()) {
      var tensors = Map.of("__metadata__", Tensor.full(Shape.SCALAR, 1));
      assertThatThrownBy(() -> SafetensorsWriter.write(folder.resolve("x"), tensors, Map.of()))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("__metadata__");
    }
  }

  @Test
  void aFileThatIsMappedCanBeReplaced() {
    Path path = folder.resolve("x.safetensors");
    try (var scope = Scope.open()) {
      SafetensorsWriter.write(path, Map.of("a", Tensor.full(Shape.SCALAR, 1)), Map.of());
      try (var file = Safetensors.open(path)) {
        var old = file.read("a");
        SafetensorsWriter.write(path, Map.of("a", old.plus(1)), Map.of());
        assertThat(old.item()).isEqualTo(1);
      }
      try (var file = Safetensors.open(path)) {
        assertThat(file.read("a").item()).isEqualTo(2);
      }
    }
  }

  private static void assertRefused(Path path, String words) {
    try (var scope = Scope.open()) {
      assertThatThrownBy(
              () ->
                  SafetensorsWriter.write(
                      path, Map.of("a", Tensor.full(Shape.SCALAR, 1)), Map.of()))
          .isInstanceOf(FresnelException.class)
          .hasMessageContainingAll(path.toString(), words);
    }
  }
}
