package dev.fresnel.load.internal.format.torch;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.DataFile;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A pickle's bytes, read from front to back; every length is checked against the bytes left, and
 * all memory counted.
 */
final class PickleInput {
  /** Bytes: twice what 100,000 tensors take; each takes some 700. */
  private static final long BUDGET = 144L << 20;

  private static final int LONGEST_LINE = 1000;

  private final DataFile file;
  private final ByteBuffer bytes;
  private final long start;
  private long spent;

  /**
   * @param start where in the file the bytes begin, for messages
   */
  PickleInput(DataFile file, byte[] bytes, long start) {
    this.file = file;
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    this.start = start;
  }

  /** How many bytes were read. */
  int position() {
    return bytes.position();
  }

  /** An error at the place that was reached. */
  FresnelException error(String problem) {
    return file.malformed("the pickle " + problem + ", at offset " + (start + bytes.position()));
  }

  FresnelException error(String problem, String advice) {
    return file.error(
        "the pickle %s, at offset %d; %s".formatted(problem, start + bytes.position(), advice));
  }

  int u8() {
    return need(1).get() & 0xFF;
  }

  int u16() {
    return need(2).getShort() & 0xFFFF;
  }

  int i32() {
    return need(4).getInt();
  }

  long u32() {
    return need(4).getInt() & 0xFFFF_FFFFL;
  }

  long i64() {
    return need(8).getLong();
  }

  /** The one number that pickles hold with its highest byte first. */
  double float64() {
    return Double.longBitsToDouble(Long.reverseBytes(need(8).getLong()));
  }

  /** A whole number of some bytes: a Long, or a BigInteger where it does not fit. */
  Number integer(int length) {
    need(length);
    var highestFirst = new byte[length];
    for (int i = length - 1; i >= 0; i--) {
      highestFirst[i] = bytes.get();
    }
    var value = length == 0 ? BigInteger.ZERO : new BigInteger(highestFirst);
    return value.bitLength() < 64 ? (Number) value.longValue() : value;
  }

  String text(long length) {
    need(length);
    spend(64 + length);
    var utf8 = new byte[(int) length];
    bytes.get(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  String line() {
    var line = new StringBuilder();
    for (int next = u8(); next != '\n'; next = u8()) {
      if (line.length() == LONGEST_LINE) {
        throw error("has a name of more than " + LONGEST_LINE + " letters");
      }
      line.append((char) next);
    }
    return line.toString();
  }

  /** Counts memory that the pickle's values take. */
  void spend(long more) {
    spent += more;
    if (spent > BUDGET) {
      throw error("takes more than " + BUDGET + " bytes of memory");
    }
  }

  private ByteBuffer need(long count) {
    if (count < 0 || count > bytes.remaining()) {
      throw error(
          "asks for %d bytes, but has %d".formatted(count, bytes.remaining()),
          "the file is cut short or damaged: fetch it again");
    }
    return bytes;
  }
}
