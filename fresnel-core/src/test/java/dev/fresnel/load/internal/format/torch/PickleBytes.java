package dev.fresnel.load.internal.format.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Builds pickles by hand, and the zip that torch puts around them, right ones and wrong ones. */
public final class PickleBytes {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** A pickle of protocol 2. */
  public static PickleBytes pickle() {
    return new PickleBytes().raw(0x80, 2);
  }

  public PickleBytes raw(int... more) {
    for (int one : more) {
      bytes.write(one);
    }
    return this;
  }

  public PickleBytes op(String letters) {
    bytes.writeBytes(letters.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  public PickleBytes text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    op("X").i32(utf8.length);
    bytes.writeBytes(utf8);
    return this;
  }

  public PickleBytes number(long value) {
    raw(0x8a, 8);
    bytes.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    return this;
  }

  PickleBytes i32(int value) {
    bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    return this;
  }

  PickleBytes global(String module, String name) {
    return op("c" + module + "\n" + name + "\n");
  }

  PickleBytes numbers(long... values) {
    op("(");
    for (long value : values) {
      number(value);
    }
    return op("t");
  }

  PickleBytes storage(String type, String key, long count) {
    return op("(")
        .text("storage")
        .global("torch", type)
        .text(key)
        .text("cpu")
        .number(count)
        .op("tQ");
  }

  public PickleBytes tensor(
      String type, String key, long count, long offset, long[] sizes, long[] strides) {
    return global("torch._utils", "_rebuild_tensor_v2")
        .op("(")
        .storage(type, key, count)
        .number(offset)
        .numbers(sizes)
        .numbers(strides)
        .raw(0x89)
        .global("collections", "OrderedDict")
        .op(")RtR");
  }

  public byte[] toBytes() {
    return bytes.toByteArray();
  }

  /** A checkpoint with this pickle and one storage, "0", of 16 bytes. */
  Path write(Path folder) {
    var entries = new LinkedHashMap<String, byte[]>();
    entries.put("x/data.pkl", toBytes());
    entries.put("x/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    entries.put("x/data/0", new byte[16]);
    return write(folder, zip(entries));
  }

  static Path write(Path folder, byte[] bytes) {
    try {
      return Files.write(folder.resolve("x.pth"), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static byte[] zip(Map<String, byte[]> entries) {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      for (var content : entries.entrySet()) {
        var entry = new ZipEntry(content.getKey());
        var crc = new CRC32();
        crc.update(content.getValue());
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.getValue().length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
