package dev.fresnel.load.internal.format.torch;

import static dev.fresnel.load.internal.format.Refusal.assertRefused;
import static dev.fresnel.load.internal.format.torch.PickleBytes.pickle;
import static dev.fresnel.load.internal.format.torch.PickleBytes.zip;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZipIndexTest {
  private static final byte[] EMPTY_DICT = pickle().op("}.").toBytes();
  private static final int CENTRAL = 0x02014b50;
  private static final int END = 0x06054b50;

  @TempDir Path folder;

  @Test
  void aZipWithACommentAndEntriesOfNoMeaningIsRead() throws IOException {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(
        zip(
            Map.of(
                "x/data.pkl",
                EMPTY_DICT,
                "x/.data/serialization_id",
                new byte[40],
                "x/version",
                new byte[2])));
    byte[] whole = bytes.toByteArray();
    ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putShort(whole.length - 2, (short) 3);
    bytes.reset();
    bytes.writeBytes(whole);
    bytes.writeBytes(new byte[] {'a', 'b', 'c'});
    try (var file = TorchCheckpoint.open(PickleBytes.write(folder, bytes.toByteArray()))) {
      assertThat(file.names()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/x", "../x", "x/../../y", "x/..", "x\\y", "..\\x", "C:/x", "x\0y"})
  void anEntryOutsideTheZipIsRefused(String name) {
    Path path = PickleBytes.write(folder, zip(Map.of("x/data.pkl", EMPTY_DICT, name, new byte[1])));
    assertRefused(path, () -> TorchCheckpoint.open(path), "no plain path");
  }

  @Test
  void aCompressedEntryIsRefusedHoweverMuchItWouldInflateTo() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("x/data.pkl"));
      for (int i = 0; i < 100; i++) {
        zip.write(new byte[1 << 20]);
      }
    }
    Path path = PickleBytes.write(folder, bytes.toByteArray());
    assertRefused(path, () -> TorchCheckpoint.open(path), "compressed");
  }

  @Test
  void anEncryptedEntryIsRefused() {
    var whole = buffer(zip(Map.of("x/data.pkl", EMPTY_DICT)));
    whole.putShort(find(whole, CENTRAL) + 8, (short) 1);
    Path path = PickleBytes.write(folder, whole.array());
    assertRefused(path, () -> TorchCheckpoint.open(path), "encrypted");
  }

  @Test
  void twoEntriesOfOneNameAreRefused() {
    var entries = new LinkedHashMap<String, byte[]>();
    entries.put("x/data.pkl", EMPTY_DICT);
    entries.put("x/data.pkm", EMPTY_DICT);
    byte[] whole = zip(entries);
    for (int i = 0; i < whole.length; i++) {
      whole[i] = whole[i] == 'm' ? (byte) 'l' : whole[i];
    }
    Path path = PickleBytes.write(folder, whole);
    assertRefused(path, () -> TorchCheckpoint.open(path), "two entries");
  }

  @Test
  void aDirectoryThatPointsElsewhereIsRefused() {
    var entries = new LinkedHashMap<String, byte[]>();
    entries.put("x/data.pkl", EMPTY_DICT);
    entries.put("x/version", new byte[100]);
    byte[] whole = zip(entries);
    for (int field : new int[] {20, 24, 42}) {
      for (int value : new int[] {1, 60, 5000, Integer.MAX_VALUE, -1, -2}) {
        var turned = buffer(whole.clone());
        turned.putInt(find(turned, CENTRAL) + field, value);
        Path path = PickleBytes.write(folder, turned.array());
        assertRefused(path, () -> TorchCheckpoint.open(path));
      }
    }
  }

  @Test
  void anEndThatClaimsWhatCannotBeIsRefused() {
    byte[] whole = zip(Map.of("x/data.pkl", EMPTY_DICT));
    for (int field : new int[] {4, 6, 10}) {
      var turned = buffer(whole.clone());
      turned.putShort(find(turned, END) + field, (short) 7);
      Path path = PickleBytes.write(folder, turned.array());
      assertRefused(path, () -> TorchCheckpoint.open(path));
    }
    for (int field : new int[] {12, 16}) {
      var turned = buffer(whole.clone());
      turned.putInt(find(turned, END) + field, -1);
      Path path = PickleBytes.write(folder, turned.array());
      assertRefused(path, () -> TorchCheckpoint.open(path));
    }
  }

  @Test
  void otherZipsAreRefused() throws IOException {
    Path none =
        PickleBytes.write(
            folder, zip(Map.of("readme.txt", new byte[1], "a/b/data.pkl", EMPTY_DICT)));
    assertRefused(none, () -> TorchCheckpoint.open(none), "no NAME/data.pkl");
    Path two =
        PickleBytes.write(folder, zip(Map.of("x/data.pkl", EMPTY_DICT, "y/data.pkl", EMPTY_DICT)));
    assertRefused(two, () -> TorchCheckpoint.open(two), "more than one");
    Path script =
        PickleBytes.write(
            folder, zip(Map.of("x/data.pkl", EMPTY_DICT, "x/constants.pkl", EMPTY_DICT)));
    assertRefused(script, () -> TorchCheckpoint.open(script), "TorchScript");
    byte[] big = "big".getBytes(StandardCharsets.US_ASCII);
    Path bigEndian =
        PickleBytes.write(folder, zip(Map.of("x/data.pkl", EMPTY_DICT, "x/byteorder", big)));
    assertRefused(bigEndian, () -> TorchCheckpoint.open(bigEndian), "'big', expected little");
    Path text =
        Files.writeString(folder.resolve("x.bin"), "version https://git-lfs.github.com/spec/v1");
    assertRefused(text, () -> TorchCheckpoint.open(text), "no PyTorch checkpoint");
    Path plain = PickleBytes.write(folder, EMPTY_DICT);
    assertRefused(plain, () -> TorchCheckpoint.open(plain), "is a Python pickle");
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int find(ByteBuffer bytes, int signature) {
    for (int at = 0; at < bytes.limit() - 3; at++) {
      if (bytes.getInt(at) == signature) {
        return at;
      }
    }
    throw new AssertionError("no such record");
  }
}
