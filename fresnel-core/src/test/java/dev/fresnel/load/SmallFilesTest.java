package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.safetensors.Safetensors;
import dev.fresnel.load.internal.format.torch.PickleBytes;
import dev.fresnel.load.internal.format.torch.TorchCheckpoint;
import dev.fresnel.testkit.Harmless;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files of a few megabytes that are made to cost gigabytes or minutes, and large ones that are
 * right.
 */
class SmallFilesTest {
  /** As many as the largest published models have, or more. */
  private static final int MANY_TENSORS = 100_000;

  @TempDir Path folder;

  @Test
  void weightsThatRepeatOneNumberAreBoundedOverTheFile() {
    byte[] file = checkpoint(expanded(33, 4096));
    assertThat(file.length).isLessThan(20_000);
    Harmless.requireOfFile(
        file,
        ".pth",
        path ->
            assertThatThrownBy(() -> TorchCheckpoint.open(path))
                .isInstanceOf(FresnelException.class)
                .hasMessageContaining("repeat the numbers of their storages too often"));
  }

  @Test
  void tiedWeightsMayShareTheirNumbers() throws IOException {
    Path file = Files.write(folder.resolve("tied.pth"), checkpoint(expanded(3, 1024)));
    try (var source = TorchCheckpoint.open(file)) {
      assertThat(source.names()).hasSize(3);
    }
  }

  @Test
  void keysWithOneHashCodeTakeNoLongerThanOthers() {
    read(checkpoint(ofOneHashCode(100_000)), ".pth"); // a hash table: ten billion comparisons
  }

  @Test
  void jsonKeysWithOneHashCodeTakeNoLongerThanOthers() throws IOException {
    var json = new StringBuilder("{\"model_type\":\"gpt2\"");
    for (int i = 0; i < 1 << 15; i++) {
      json.append(",\"");
      for (int bit = 0; bit < 15; bit++) {
        json.append((i >> bit & 1) == 0 ? "Aa" : "BB"); // both have the hash code 2112
      }
      json.append("\":0");
    }
    ModelFinderTest.copyModel("gpt2", folder);
    Files.writeString(folder.resolve("config.json"), json.append('}'));
    Harmless.require(() -> Loading.byPath(folder, LoadOptions.DEFAULT).close());
  }

  @Test
  void manyTensorsOfManyAxes() {
    var json = new StringBuilder("{");
    String axes = "1,".repeat(31) + "0";
    for (int i = 0; i < 80_000; i++) {
      json.append(i == 0 ? "\"" : ",\"").append(i).append("\":{\"dtype\":\"F32\",\"shape\":[");
      json.append(axes).append("],\"data_offsets\":[0,0]}");
    }
    byte[] file = safetensors(json.append('}').toString());
    Harmless.requireOfFile(file, ".safetensors", path -> Safetensors.open(path).close());
    Harmless.requireOfFile(
        file,
        ".safetensors",
        path -> {
          Files.copy(Path.of("src/test/resources/golden/gpt2/model/config.json"), config(path));
          Loading.byPath(path, LoadOptions.DEFAULT).close();
        });
  }

  @Test
  void aCheckpointOfManyTensorsIsRead() {
    var pickle = PickleBytes.pickle().op("ccollections\nOrderedDict\n)R(");
    for (int i = 0; i < MANY_TENSORS; i++) {
      pickle.text("transformer.layers." + i + ".mlp.experts.weight");
      pickle.tensor("FloatStorage", "0", 4, 0, new long[] {2, 2}, new long[] {2, 1});
    }
    Harmless.requireOfFile(
        checkpoint(pickle.op("u.")),
        ".pth",
        path -> {
          try (var source = TorchCheckpoint.open(path)) {
            assertThat(source.names()).hasSize(MANY_TENSORS);
          }
        });
  }

  /** A dict with fractions and whole numbers as keys, some of each kind, all with one hash code. */
  static PickleBytes ofOneHashCode(int count) {
    var pickle = PickleBytes.pickle().op("}(");
    for (int i = 1; i <= count; i++) {
      long high = 0x3ff00000L + i;
      pickle.op("G");
      bytes(pickle, ByteBuffer.allocate(8).putLong(high << 32 | high ^ 0x12345678));
      pickle.op("N").number((long) i << 32 | i ^ 0x12345678).op("N");
    }
    return pickle.op("u.");
  }

  private static void bytes(PickleBytes pickle, ByteBuffer bytes) {
    for (byte one : bytes.array()) {
      pickle.raw(one & 0xFF);
    }
  }

  /** Square weights whose strides are 0, or that share one storage. */
  static PickleBytes expanded(int count, int width) {
    var pickle = PickleBytes.pickle().op("}(");
    for (int i = 0; i < count; i++) {
      pickle.text("w" + i);
      pickle.tensor("FloatStorage", "0", 4, 0, new long[] {width, width}, new long[] {0, 0});
    }
    return pickle.op("u.");
  }

  private static byte[] checkpoint(PickleBytes pickle) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("x/data.pkl", pickle.toBytes());
    entries.put("x/data/0", new byte[16]);
    return PickleBytes.zip(entries);
  }

  private static byte[] safetensors(String header) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  private static Path config(Path weights) throws IOException {
    Path config = weights.resolveSibling("config.json");
    Files.deleteIfExists(config);
    return config;
  }

  private static void read(byte[] file, String ending) {
    Harmless.requireOfFile(file, ending, path -> WeightFiles.open(path).close());
  }
}
