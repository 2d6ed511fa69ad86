package dev.fresnel.load.hub;

import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Watches how fast a response's data arrive. A server that sends a byte now and then keeps a
 * connection alive, but a download would never end.
 */
final class Pace {
  /** The lowest rate, in bytes per second: far below the slowest modem's. */
  static final int LOWEST_RATE = 1_000;

  /** The rate is taken over this many times the longest wait for data: over 60 s by default. */
  private static final int WAITS = 6;

  private final Duration window;
  private final LongSupplier nanoseconds;
  private long since;
  private long bytes;

  /**
   * @param nanoseconds a clock; only differences of its times are used
   */
  Pace(Duration longestWait, LongSupplier nanoseconds) {
    window = window(longestWait);
    this.nanoseconds = nanoseconds;
    since = nanoseconds.getAsLong();
  }

  /** The time over which a rate is taken, and in which a listing must arrive whole. */
  static Duration window(Duration longestWait) {
    return longestWait.multipliedBy(WAITS);
  }

  /**
   * Counts bytes.
   *
   * @throws IOException if they have arrived more slowly than the lowest rate
   */
  void arrived(long count) throws IOException {
    bytes += count;
    long elapsed = nanoseconds.getAsLong() - since;
    if (elapsed < window.toNanos()) {
      return;
    }
    double seconds = elapsed / 1e9;
    if (bytes < LOWEST_RATE * seconds) {
      throw new IOException(
          String.format(
              "only %d bytes arrived in %.0f s; the lowest rate is %d bytes a second",
              bytes, seconds, LOWEST_RATE));
    }
    since += elapsed;
    bytes = 0;
  }
}
