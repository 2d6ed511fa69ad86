package dev.fresnel.load.internal.format.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.load.internal.format.safetensors.Safetensors;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.Golden;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The truth: what the Python package gguf makes of the same bytes, to the last bit. */
class DequantizerTest {
  private static final Path BLOCKS =
      Golden.root().resolve("dequantization/dequantization.safetensors");

  @TempDir Path folder;

  static Stream<String> kinds() {
    var kinds = Golden.json(Golden.root().resolve("dequantization/case.json")).get("kinds");
    return IntStream.range(0, kinds.size()).mapToObj(i -> kinds.get(i).asText());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void blocksGiveTheNumbersThatPythonReadsBitForBit(String kind) {
    var type = GgufType.valueOf(kind.replace(".matrix", ""));
    try (var goldens = Safetensors.open(BLOCKS);
        var scope = Scope.open()) {
      byte[] blocks = goldens.read(kind + ".bytes").bytes();
      float[] expected = goldens.read(kind + ".values").floats();
      int id =
          IntStream.range(0, 50)
              .filter(i -> GgufType.of(i).filter(t -> t == type).isPresent())
              .findFirst()
              .getAsInt();
      Path path =
          GgufBytes.head(3, 1, 0)
              .tensor("x", id, 0, expected.length)
              .padTo(32)
              .raw(blocks)
              .write(folder);
      try (var file = Gguf.open(path)) {
        assertThat(file.stored("x").format()).isEqualTo(type.name());
        assertThat(file.stored("x").type()).isEqualTo(DType.FLOAT32);
        float[] actual = file.read("x").floats();
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
          assertThat(Float.floatToRawIntBits(actual[i]))
              .as("%s: number %d is %s, expected %s", kind, i, actual[i], expected[i])
              .isEqualTo(Float.floatToRawIntBits(expected[i]));
        }
      }
    }
  }

  @Test
  void everyKindOfBlocksHasAGolden() {
    var quantized =
        Stream.of(GgufType.values()).filter(type -> type.dequantizer() != null).map(Enum::name);
    assertThat(kinds()).containsAll(quantized.toList());
  }
}
