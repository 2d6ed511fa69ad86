package dev.fresnel.cli;

import dev.fresnel.file.Bytes;
import java.util.function.LongSupplier;

/** A download's progress in one line: bytes, speed, and the time that is left. */
final class DownloadLine {
  /** The bar's length, in characters. */
  private static final int BAR = 16;

  /** Nanoseconds per second. */
  private static final double SECOND = 1e9;

  private final String what;
  private final long doneAtFirst;
  private final LongSupplier nanoseconds;
  private final long begun;

  /**
   * @param doneAtFirst bytes that were there before the download began
   * @param nanoseconds a clock; only differences of its times are used
   */
  DownloadLine(String what, long doneAtFirst, LongSupplier nanoseconds) {
    this.what = what;
    this.doneAtFirst = doneAtFirst;
    this.nanoseconds = nanoseconds;
    begun = nanoseconds.getAsLong();
  }

  /**
   * The line: {@code [####------------] 137 MB of 548 MB, 12 MB/s, 34 s left, downloading
   * model.safetensors}.
   */
  String line(long done, long total) {
    if (total <= 0) {
      return what;
    }
    int full = (int) (BAR * Math.min(1.0, (double) done / total));
    String bar = "#".repeat(full) + "-".repeat(BAR - full);
    String line = "[" + bar + "] " + Bytes.shown(done) + " of " + Bytes.shown(total);
    double seconds = (nanoseconds.getAsLong() - begun) / SECOND;
    double rate = seconds > 0 ? (done - doneAtFirst) / seconds : 0;
    String speed =
        rate < 1
            ? ""
            : ", " + Bytes.shown((long) rate) + "/s, " + time((total - done) / rate) + " left";
    return line + speed + ", " + what;
  }

  private static String time(double seconds) {
    long whole = (long) Math.ceil(seconds);
    if (whole < 100) {
      return whole + " s";
    }
    return whole < 6000 ? (whole + 59) / 60 + " min" : (whole + 3599) / 3600 + " h";
  }
}
