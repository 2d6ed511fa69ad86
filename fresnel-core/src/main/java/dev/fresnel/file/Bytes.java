package dev.fresnel.file;

import java.util.Locale;

/** Numbers of bytes for people. */
public final class Bytes {
  private Bytes() {}

  /** In decimal units, as disks are sold: {@code 548 MB}. */
  public static String shown(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    do {
      value /= 1000;
      unit++;
    } while (value >= 999.5 && unit < 4);
    return String.format(
        Locale.ROOT, value < 9.95 ? "%.1f %sB" : "%.0f %sB", value, "kMGTP".charAt(unit));
  }
}
