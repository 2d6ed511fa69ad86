package dev.fresnel.load.internal.format.gguf;

import static dev.fresnel.load.internal.format.Refusal.assertRefused;
import static dev.fresnel.load.internal.format.gguf.GgufBytes.ARRAY;
import static dev.fresnel.load.internal.format.gguf.GgufBytes.STRING;
import static dev.fresnel.load.internal.format.gguf.GgufBytes.UINT32;
import static dev.fresnel.load.internal.format.gguf.GgufBytes.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.load.Loading;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufTest {
  private static final int F32 = 0;
  private static final int Q4_0 = 2;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gguf-f32",
        "gguf-f16",
        "gguf-bf16",
        "gguf-q8-0",
        "gguf-q4-0",
        "gguf-q4-1",
        "gguf-tokenizer"
      })
  void whatPythonWroteIsReadWithItsMetadata(String name) {
    try (var file = Gguf.open(Golden.of(name).model().resolve("model.gguf"));
        var scope = Scope.open()) {
      assertThat(file.metadata().string("general.architecture")).isEqualTo("llama");
      assertThat(file.metadata().integer("llama.block_count")).isPositive();
      for (String tensor : file.names()) {
        assertThat(file.read(tensor).shape()).isEqualTo(file.stored(tensor).shape());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void shapesHaveTheInnermostAxisLast(int version) {
    var bytes = head(version, 1, 0).tensor("x", F32, 0, 3, 2).padTo(32);
    for (int i = 0; i < 6; i++) {
      bytes.f32(i);
    }
    try (var file = Gguf.open(bytes.write(folder));
        var scope = Scope.open()) {
      assertThat(file.read("x").shape()).hasToString("[axis0 2, axis1 3]");
      assertThat(file.read("x").floats()).containsExactly(0, 1, 2, 3, 4, 5);
    }
  }

  @Test
  void everyTypeOfMetadataIsRead() {
    var bytes =
        head(3, 0, 15)
            .key("u8", 0)
            .raw((byte) 255)
            .key("i8", 1)
            .raw((byte) -1)
            .key("u16", 2)
            .raw((byte) 0, (byte) -128)
            .key("i16", 3)
            .raw((byte) 0, (byte) -128)
            .key("u32", UINT32)
            .u32(-1)
            .key("i32", 5)
            .u32(-1)
            .key("f32", 6)
            .f32(1.5f)
            .key("bool", 7)
            .raw((byte) 1)
            .key("string", STRING)
            .string("π")
            .key("u64", 10)
            .u64(-1)
            .key("i64", 11)
            .u64(-1)
            .key("f64", 12)
            .u64(Double.doubleToRawLongBits(0.1))
            .key("words", ARRAY)
            .u32(STRING)
            .u64(2)
            .string("a")
            .string("")
            .key("numbers", ARRAY)
            .u32(5)
            .u64(2)
            .u32(-7)
            .u32(8)
            .key("scores", ARRAY)
            .u32(6)
            .u64(1)
            .f32(-0.5f);
    try (var file = Gguf.open(bytes.write(folder))) {
      var metadata = file.metadata();
      assertThat(metadata.keys()).hasSize(15).startsWith("u8", "i8");
      assertThat(metadata.integer("u8")).isEqualTo(255);
      assertThat(metadata.integer("i8")).isEqualTo(-1);
      assertThat(metadata.integer("u16")).isEqualTo(32768);
      assertThat(metadata.integer("i16")).isEqualTo(-32768);
      assertThat(metadata.integer("u32")).isEqualTo(4294967295L);
      assertThat(metadata.integer("i32")).isEqualTo(-1);
      assertThat(metadata.integer("i64")).isEqualTo(-1);
      assertThat(metadata.number("f32")).isEqualTo(1.5);
      assertThat(metadata.number("f64")).isEqualTo(0.1);
      assertThat(metadata.number("u64")).isEqualTo(0x1p64);
      assertThat(metadata.flag("bool")).isTrue();
      assertThat(metadata.string("string")).isEqualTo("π");
      assertThat(metadata.strings("words")).containsExactly("a", "");
      assertThat(metadata.integers("numbers")).containsExactly(-7, 8);
      assertThat(metadata.floats("scores")).containsExactly(-0.5f);
      assertThatThrownBy(() -> metadata.integer("string"))
          .isInstanceOf(FresnelException.class)
          .hasMessageContainingAll("x.gguf", "string should be a whole number", "String π");
      assertThatThrownBy(() -> metadata.string("missing")).hasMessageContaining("but is missing");
      assertThatThrownBy(() -> metadata.integer("u64"))
          .hasMessageContaining("18446744073709551615");
    }
  }

  @Test
  void arraysWithinArraysAreSkippedOverAndOnlyRefusedWhenTheyNest() {
    var shallow =
        head(3, 0, 2)
            .key("a", ARRAY)
            .u32(ARRAY)
            .u64(1)
            .u32(UINT32)
            .u64(1)
            .u32(5)
            .key("b", UINT32)
            .u32(6);
    try (var file = Gguf.open(shallow.write(folder))) {
      assertThat(file.metadata().integer("b")).isEqualTo(6);
    }
    var deep = head(3, 0, 1).key("a", ARRAY);
    for (int i = 0; i < 100_000; i++) {
      deep.u32(ARRAY).u64(1);
    }
    Path path = deep.write(folder);
    assertRefused(path, () -> Gguf.open(path), "arrays within arrays");
  }

  @Test
  void alignmentIsHonoured() {
    var bytes =
        head(3, 1, 1)
            .key("general.alignment", UINT32)
            .u32(8)
            .tensor("x", F32, 8, 1)
            .padTo(8)
            .u64(0)
            .f32(2);
    try (var file = Gguf.open(bytes.write(folder));
        var scope = Scope.open()) {
      assertThat(file.read("x").floats()).containsExactly(2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 24, -2147483648, 1 << 30})
  void anAlignmentThatIsNoPowerOfTwoIsRefused(int alignment) {
    Path path = head(3, 0, 1).key("general.alignment", UINT32).u32(alignment).write(folder);
    assertRefused(path, () -> Gguf.open(path), "power of two");
  }

  @ParameterizedTest
  @CsvSource({"0, version 0", "1, version 1", "4, version 4", "0x03000000, big-endian"})
  void otherVersionsAreRefused(String version, String words) {
    Path path = head(Integer.decode(version), 0, 0).write(folder);
    assertRefused(path, () -> Gguf.open(path), words);
  }

  @Test
  void anotherMagicIsRefused() {
    Path path = new GgufBytes().text("GGML").u32(3).u64(0).u64(0).write(folder);
    assertRefused(path, () -> Gguf.open(path), "offset 0");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 1000, Integer.MAX_VALUE, Long.MAX_VALUE, -1})
  void countsBeyondTheFileAreRefused(long count) {
    Path tensors = head(3, count, 0).write(folder);
    assertRefused(tensors, () -> Gguf.open(tensors));
    Path values = head(3, 0, count).write(folder);
    assertRefused(values, () -> Gguf.open(values));
    Path key = head(3, 0, 1).u64(count).raw(new byte[0]).write(folder);
    assertRefused(key, () -> Gguf.open(key));
    for (int type = 0; type <= 12; type++) {
      Path array = head(3, 0, 1).key("a", ARRAY).u32(type).u64(count).write(folder);
      assertRefused(array, () -> Gguf.open(array));
    }
  }

  @Test
  void moreMetadataThanMemoryShouldHoldIsRefused() {
    Path path =
        head(3, 0, 1)
            .key("a", ARRAY)
            .u32(STRING)
            .u64(3_000_000)
            .raw(new byte[24_000_000])
            .write(folder);
    assertRefused(path, () -> Gguf.open(path), "bytes of memory");
  }

  @Test
  void oddValuesAreRefused() {
    Path type = head(3, 0, 1).key("a", 13).u64(0).write(folder);
    assertRefused(type, () -> Gguf.open(type), "unknown type 13");
    Path bool = head(3, 0, 1).key("a", 7).raw((byte) 2).write(folder);
    assertRefused(bool, () -> Gguf.open(bool), "should be 0 or 1");
    Path twice = head(3, 0, 2).key("a", UINT32).u32(0).key("a", UINT32).u32(0).write(folder);
    assertRefused(twice, () -> Gguf.open(twice), "stands twice");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "0; 0; 20; past the end",
        "0; 64; 1; past the end",
        "0; 4; 1; multiple of 32",
        "0; -32; 1; multiple of 32",
        "0; 0; -1; negative size",
        "0; 0; 4611686018427387904; more numbers than can be counted",
        "0; 0; 1152921504606846975; needs more bytes",
        "2; 0; 33; multiple of Q4_0's 32",
        "23; 0; 32; stored as type IQ4_XS",
        "99; 0; 32; stored as type 99",
        "-1; 0; 32; stored as type 4294967295",
      })
  void tensorsThatDoNotFitAreRefused(int type, long offset, long size, String words) {
    Path path =
        head(3, 1, 0).tensor("x", type, offset, size).padTo(32).raw(new byte[64]).write(folder);
    assertRefused(path, () -> Gguf.open(path), "tensor x", words);
  }

  @Test
  void tensorsThatShareANameOrBytesAreRefused() {
    Path same =
        head(3, 2, 0)
            .tensor("x", F32, 0, 1)
            .tensor("x", F32, 32, 1)
            .padTo(32)
            .raw(new byte[64])
            .write(folder);
    assertRefused(same, () -> Gguf.open(same), "tensor x stands twice");
    Path within =
        head(3, 2, 0)
            .tensor("x", F32, 0, 16)
            .tensor("y", F32, 32, 1)
            .padTo(32)
            .raw(new byte[64])
            .write(folder);
    assertRefused(within, () -> Gguf.open(within), "tensor y begins", "within tensor x");
  }

  @Test
  void fiveAxesAreRefused() {
    Path path =
        head(3, 1, 0).tensor("x", F32, 0, 1, 1, 1, 1, 1).padTo(32).raw(new byte[64]).write(folder);
    assertRefused(path, () -> Gguf.open(path), "5 axes");
  }

  /** A merge of tokens that the vocabulary lacks. */
  @Test
  void anOddTokenizerIsNoReasonToRefuseTheWeights() throws IOException {
    byte[] file = Files.readAllBytes(Golden.of("gguf-tokenizer").model().resolve("model.gguf"));
    String text = new String(file, java.nio.charset.StandardCharsets.ISO_8859_1);
    int merges = text.indexOf("tokenizer.ggml.merges");
    int space = text.indexOf(' ', merges);
    file[space - 1] = 1;
    Path odd = Files.write(folder.resolve("odd.gguf"), file);
    try (var model = Loading.byPath(odd, LoadOptions.DEFAULT);
        var run = model.run(model.tokens(1, 2))) {
      assertThat(run.logits().floats()).doesNotContain(Float.NaN);
      assertThatThrownBy(() -> model.tokens("a text"))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("a tokenizer that cannot be used")
          .hasMessageEndingWith("uses tokens that the vocabulary lacks; give token ids instead");
    }
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole =
        head(3, 1, 1)
            .key("a", ARRAY)
            .u32(STRING)
            .u64(2)
            .string("ab")
            .string("c")
            .tensor("x", Q4_0, 0, 32)
            .padTo(32)
            .raw(new byte[18])
            .toBytes();
    for (int length = 0; length < whole.length; length++) {
      Path path = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(whole, length));
      assertRefused(path, () -> Gguf.open(path));
    }
  }
}
