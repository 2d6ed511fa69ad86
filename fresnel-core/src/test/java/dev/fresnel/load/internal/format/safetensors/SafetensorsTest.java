package dev.fresnel.load.internal.format.safetensors;

import static dev.fresnel.load.internal.format.Refusal.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.Golden;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void whatPythonWroteIsReadBitForBit() {
    Path path = Golden.of("gpt2").model().resolve("model.safetensors");
    try (var file = Safetensors.open(path);
        var scope = Scope.open()) {
      Tensor embedding = file.read("transformer.wte.weight");
      assertThat(file.notes()).containsEntry("format", "pt");
      assertThat(file.names()).hasSize(40);
      assertThat(file.bytes()).isEqualTo(path.toFile().length());
      assertThat(embedding.shape()).hasToString("[axis0 37, axis1 20]");
      assertThat(Arrays.copyOfRange(embedding.floats(), 20, 23))
          .containsExactly(-0.47114697098731995f, 0.37724146246910095f, 0.07330749183893204f);
    }
  }

  @Test
  void tensorsOutliveTheirFile() {
    try (var scope = Scope.open()) {
      Tensor bias;
      try (var file = Safetensors.open(Golden.of("gpt2").model().resolve("model.safetensors"))) {
        bias = file.read("transformer.h.0.attn.c_attn.bias");
      }
      assertThat(bias.floats()).hasSize(60).startsWith(-0.45767879486083984f);
    }
  }

  @Test
  void aTensorThatDoesNotExistIsAnErrorThatNamesTheNearestOfThoseThatDo() {
    try (var file = Safetensors.open(Golden.of("gpt2").model().resolve("model.safetensors"))) {
      assertThatThrownBy(() -> file.read("wte"))
          .isInstanceOf(FresnelException.class)
          .hasMessageContainingAll(
              "model.safetensors",
              "no tensor wte; the nearest of its 40 are transformer.wte.weight");
      assertThatThrownBy(() -> file.stored("wte")).isInstanceOf(FresnelException.class);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BOOL, 0100, BOOL, 1 0",
    "U8, 00ff, UINT8, 0 255",
    "I8, 7fff, INT8, 127 -1",
    "I16, 0080ff7f, INT16, -32768 32767",
    "U16, 0080ffff, INT64, 32768 65535",
    "I32, feffffff01000000, INT32, -2 1",
    "U32, feffffff01000000, INT64, 4294967294 1",
    "I64, ffffffffffffffff0100000000000000, INT64, -1 1",
    "U64, 05000000000000000100000000000000, INT64, 5 1",
    "F16, 003c00c4, FLOAT16, 1 -4",
    "BF16, 803f80c0, BFLOAT16, 1 -4",
    "F32, 0000803f000080c0, FLOAT32, 1 -4",
    "F64, 000000000000f03f00000000000010c0, FLOAT64, 1 -4",
    "F8_E5M2, 3cc4, FLOAT32, 1 -4",
    "F8_E4M3, 38c8, FLOAT32, 1 -4",
  })
  void everyTypeComesOutWithItsValues(String type, String hex, DType readAs, String values) {
    byte[] data = HexFormat.of().parseHex(hex);
    Path path = file(header("x", type, "2", 0, data.length), data);
    try (var file = Safetensors.open(path);
        var scope = Scope.open()) {
      var tensor = file.read("x");
      assertThat(file.stored("x").format()).isEqualTo(type);
      assertThat(file.stored("x").type()).isEqualTo(readAs);
      assertThat(tensor.dtype()).isEqualTo(readAs);
      for (int i = 0; i < 2; i++) {
        assertThat(tensor.to(DType.FLOAT64).floats()[i])
            .isEqualTo(Float.parseFloat(values.split(" ")[i]));
      }
    }
  }

  @Test
  void emptyTensorsScalarsMisalignedOnesAndOddNamesAreAccepted() {
    var data =
        ByteBuffer.allocate(9)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put((byte) 7)
            .putFloat(1.5f)
            .putFloat(-2)
            .array();
    Path path =
        file(
            "{\"\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]},\"../x"
                + " \\u0000</script>\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[1,9]},\"none\":{\"dtype\":\"F32\",\"shape\":[3,0],\"data_offsets\":[9,9]}}"
                + "   ",
            data);
    try (var file = Safetensors.open(path);
        var scope = Scope.open()) {
      assertThat(file.read("").item()).isEqualTo(7);
      assertThat(file.read("../x \0</script>").floats()).containsExactly(1.5f, -2);
      assertThat(file.read("none").shape()).hasToString("[axis0 3, axis1 0]");
    }
  }

  @Test
  void aFileWithoutTensorsIsAccepted() {
    try (var file = Safetensors.open(file("{}", new byte[0]))) {
      assertThat(file.names()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        " {}",
        "{",
        "{}}",
        "{} x",
        "{\"a\":1}",
        "{\"a\":null}",
        "{\"a\":[]}",
        "{\"a\":{}}",
        "nul",
        "{,}",
        "{\"__metadata__\":{\"a\":1}}",
        "{\"__metadata__\":[]}",
        "{\"__metadata__\":{\"a\":\"b\",\"a\":\"c\"}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}",
        "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}",
        "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":4,\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,99999999999999999999]}}",
        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
      })
  void aHeaderOfAnotherFormIsRefused(String header) {
    Path path = file(header, new byte[4]);
    assertRefused(path, () -> Safetensors.open(path));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "F31; 1; 0; 4; unknown dtype F31",
        "F32; -1; 0; 4; negative size",
        "F32; 4294967296,4294967296; 0; 4; more numbers than can be counted",
        "F32; 4611686018427387904,0; 0; 0; more numbers than can be counted",
        "F64; 2305843009213693952; 0; 0; more numbers than can be counted",
        "F32; 1; 4; 0; begin <= end",
        "F32; 1; -4; 0; begin <= end",
        "F32; 2; 0; 8; within the 4 bytes",
        "F32; 1; 4; 8; within the 4 bytes",
        "F32; 1; 0; 3; needs 4 bytes",
        "F32; ; 0; 0; needs 4 bytes",
        "F16; 1; 0; 2; the file ends at offset",
        "F16; 1; 2; 4; begins at offset",
      })
  void numbersThatDoNotFitAreRefused(
      String type, String shape, long begin, long end, String words) {
    Path path = file(header("x", type, shape == null ? "" : shape, begin, end), new byte[4]);
    assertRefused(path, () -> Safetensors.open(path), words);
  }

  @Test
  void overlappingTensorsAreRefused() {
    String both =
        header("x", "F16", "2", 0, 4).replaceFirst("}}$", "},")
            + header("y", "F16", "1", 2, 4).substring(1);
    Path path = file(both, new byte[4]);
    assertRefused(path, () -> Safetensors.open(path), "tensor y begins", "overlaps");
  }

  @Test
  void aNameThatIsNoUtf8IsRefused() {
    var header = header("\u00ff\u00fe", "F32", "1", 0, 4).getBytes(StandardCharsets.ISO_8859_1);
    Path path = file(header.length, header, new byte[4]);
    assertRefused(path, () -> Safetensors.open(path), "UTF-8");
  }

  @ParameterizedTest
  @ValueSource(
      longs = {-1, 0, 1, 3, 1000, 100_000_001, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE})
  void aHeaderLengthThatCannotBeIsRefused(long length) {
    Path path = file(length, "{}".getBytes(StandardCharsets.UTF_8), new byte[0]);
    assertRefused(path, () -> Safetensors.open(path), "offset 0");
  }

  /** As in the original library, null metadata counts as none. */
  @Test
  void metadataThatIsNullIsNone() {
    try (var opened = Safetensors.open(file("{\"__metadata__\":null}", new byte[0]))) {
      assertThat(opened.notes()).isEmpty();
    }
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(file(header("x", "F32", "2", 0, 8), new byte[8]));
    for (int length = 0; length < whole.length; length++) {
      Path path = Files.write(folder.resolve("cut.safetensors"), Arrays.copyOf(whole, length));
      assertRefused(path, () -> Safetensors.open(path));
    }
  }

  @Test
  void nestingWithoutEndIsRefused() {
    Path path = file("{\"a\":{\"x\":" + "[".repeat(2_000_000), new byte[0]);
    assertRefused(path, () -> Safetensors.open(path));
  }

  @Test
  void millionsOfTensorsAreRefused() {
    var header = new StringBuilder("{");
    for (int i = 0; i < 200_000; i++) {
      header
          .append('"')
          .append(i)
          .append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},");
    }
    Path path = file(header + "}", new byte[0]);
    assertRefused(path, () -> Safetensors.open(path), "more than 100000 tensors");
  }

  @Test
  void fieldsWithoutEndOrMeaningAreRefused() {
    var fields = new StringBuilder("\"0\":0");
    for (int i = 1; i < 200_000; i++) {
      fields.append(",\"").append(i).append("\":0");
    }
    Path many = file("{\"a\":{" + fields + "}}", new byte[0]);
    assertRefused(many, () -> Safetensors.open(many), "tensor a has more than 100 fields");
    Path one = file("{\"a\":{\"x\":{" + fields + "}}}", new byte[0]);
    assertRefused(one, () -> Safetensors.open(one), "no meaning");
    Path array = file("{\"a\":{\"x\":[" + "{},".repeat(200_000) + "0]}}", new byte[0]);
    assertRefused(array, () -> Safetensors.open(array), "no meaning");
  }

  @Test
  void fieldsOfALaterFormatAreIgnored() {
    Path path =
        file(
            header("x", "F32", "1", 0, 4).replace("\"dtype\"", "\"new\":[{\"a\":[1]},2],\"dtype\""),
            new byte[4]);
    try (var file = Safetensors.open(path)) {
      assertThat(file.names()).containsExactly("x");
    }
  }

  @Test
  void aFolderAndAMissingFileAreRefused() {
    assertRefused(folder, () -> Safetensors.open(folder), "is a folder");
    Path missing = folder.resolve("missing.safetensors");
    assertRefused(missing, () -> Safetensors.open(missing), "does not exist");
  }

  private static String header(String name, String type, String shape, long begin, long end) {
    return "{\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%d,%d]}}"
        .formatted(name, type, shape, begin, end);
  }

  private Path file(String header, byte[] data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return file(text.length, text, data);
  }

  private Path file(long length, byte[] header, byte[] data) {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
    bytes.writeBytes(header);
    bytes.writeBytes(data);
    try {
      return Files.write(folder.resolve("x.safetensors"), bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
