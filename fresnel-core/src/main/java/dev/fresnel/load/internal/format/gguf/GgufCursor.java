package dev.fresnel.load.internal.format.gguf;

import dev.fresnel.load.internal.format.DataFile;
import java.nio.charset.StandardCharsets;

/**
 * Reads a GGUF file's head from front to back, little-endian. Every length is checked against the
 * bytes that are left, and what is kept in memory against a budget, before anything is allocated.
 */
final class GgufCursor {
  private static final int BUFFER = 1 << 16;
  private static final long BUDGET = 128L << 20;

  private final DataFile file;
  private byte[] buffer = new byte[0];
  private long bufferStart;
  private long position;
  private long spent;

  GgufCursor(DataFile file) {
    this.file = file;
  }

  long position() {
    return position;
  }

  long left() {
    return file.length() - position;
  }

  int u8() {
    int at = at(1);
    position += 1;
    return buffer[at] & 0xFF;
  }

  long unsigned(int bytes) {
    int at = at(bytes);
    position += bytes;
    long value = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      value = value << 8 | buffer[at + i] & 0xFF;
    }
    return value;
  }

  long signed(int bytes) {
    int unused = 64 - 8 * bytes;
    return unsigned(bytes) << unused >> unused;
  }

  /** How many things follow, each of at least some bytes. */
  int count(long most, int bytesEach, String what) {
    long start = position;
    long count = unsigned(8);
    if (count < 0 || count > most || count > left() / bytesEach) {
      throw file.error(
          Long.toUnsignedString(count)
              + " "
              + what
              + " at offset "
              + start
              + ", expected at most "
              + Math.min(most, left() / bytesEach)
              + "; the file is damaged or cut short");
    }
    return (int) count;
  }

  String string() {
    int length = count(Integer.MAX_VALUE - 8, 1, "bytes of text");
    spend(64L + length);
    if (length <= BUFFER) {
      int at = at(length);
      position += length;
      return new String(buffer, at, length, StandardCharsets.UTF_8);
    }
    byte[] bytes = file.bytes(position, length, "a text");
    position += length;
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Counts memory that the head's contents take. */
  void spend(long bytes) {
    spent += bytes;
    if (spent > BUDGET) {
      throw file.malformed(
          "the metadata takes more than "
              + BUDGET
              + " bytes of memory (at offset "
              + position
              + ")");
    }
  }

  /** Where in the buffer the next bytes stand. */
  private int at(int bytes) {
    long end = bufferStart + buffer.length;
    if (position < bufferStart || position + bytes > end) {
      file.requireInside(position, bytes, "a value");
      buffer = file.bytes(position, (int) Math.min(BUFFER, left()), "the head");
      bufferStart = position;
    }
    return (int) (position - bufferStart);
  }
}
