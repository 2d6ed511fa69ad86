package dev.fresnel.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Malformed files, made of a right one: cut short, and with bytes and numbers overwritten by what
 * readers trip over. Most of it near the beginning, where formats keep what they claim.
 */
public final class Malformed {
  private static final int PLACES = 40;
  private static final byte[] BYTES = {0, (byte) 0xFF, 0x7F, '"', '}', '9'};
  private static final long[] NUMBERS = {-1, Long.MAX_VALUE, 1L << 32, 1L << 62, 100_000_000};

  private Malformed() {}

  /** The right file, then the wrong ones. */
  public static Stream<byte[]> of(byte[] whole) {
    return of(whole, whole.length);
  }

  /**
   * The right file, then the wrong ones.
   *
   * @param numbersFrom from this byte on the file holds nothing but weights, of which every value
   *     is a right one: it is cut there, but nothing is overwritten
   */
  public static Stream<byte[]> of(byte[] whole, int numbersFrom) {
    return Stream.concat(
        Stream.of(whole),
        IntStream.range(0, PLACES)
            .map(i -> (int) ((long) whole.length * i * i / (PLACES * PLACES)))
            .filter(at -> at < whole.length)
            .distinct()
            .boxed()
            .flatMap(at -> at < numbersFrom ? at(whole, at) : Stream.of(cut(whole, at))));
  }

  private static Stream<byte[]> at(byte[] whole, int at) {
    var all = Stream.<byte[]>builder().add(cut(whole, at));
    for (byte value : BYTES) {
      all.add(changed(whole, copy -> copy[at] = value));
    }
    if (at + 8 <= whole.length) {
      for (long value : NUMBERS) {
        all.add(
            changed(
                whole,
                copy -> ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN).putLong(at, value)));
      }
    }
    return all.build();
  }

  private static byte[] cut(byte[] whole, int at) {
    return Arrays.copyOf(whole, at);
  }

  private static byte[] changed(byte[] whole, Consumer<byte[]> change) {
    byte[] copy = whole.clone();
    change.accept(copy);
    return copy;
  }
}
