package dev.fresnel.load.internal.format.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Builds GGUF files by hand, right ones and wrong ones. */
public final class GgufBytes {
  static final int UINT32 = 4;
  public static final int STRING = 8;
  public static final int ARRAY = 9;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  public static GgufBytes head(int version, long tensors, long values) {
    return new GgufBytes().text("GGUF").u32(version).u64(tensors).u64(values);
  }

  GgufBytes text(String text) {
    return raw(text.getBytes(StandardCharsets.UTF_8));
  }

  public GgufBytes raw(byte... more) {
    bytes.writeBytes(more);
    return this;
  }

  public GgufBytes u32(int value) {
    return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  GgufBytes f32(float value) {
    return u32(Float.floatToRawIntBits(value));
  }

  public GgufBytes u64(long value) {
    return raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  public GgufBytes string(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return u64(utf8.length).raw(utf8);
  }

  public GgufBytes key(String key, int type) {
    return string(key).u32(type);
  }

  /**
   * @param sizes innermost first, as in the file
   */
  GgufBytes tensor(String name, int type, long offset, long... sizes) {
    string(name).u32(sizes.length);
    for (long size : sizes) {
      u64(size);
    }
    return u32(type).u64(offset);
  }

  GgufBytes padTo(int alignment) {
    while (bytes.size() % alignment != 0) {
      bytes.write(0);
    }
    return this;
  }

  public byte[] toBytes() {
    return bytes.toByteArray();
  }

  Path write(Path folder) {
    try {
      return Files.write(folder.resolve("x.gguf"), bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
