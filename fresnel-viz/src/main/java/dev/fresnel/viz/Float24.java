package dev.fresnel.viz;

/** Floats in three bytes each, with which a page keeps four significant digits. */
final class Float24 {
  private Float24() {}

  /** First every value's highest byte, then every second, then every third. */
  static byte[] bytes(float[] values) {
    var bytes = new byte[Math.multiplyExact(3, values.length)];
    for (int at = 0; at < values.length; at++) {
      int bits = upper(values[at]);
      bytes[at] = (byte) (bits >>> 24);
      bytes[values.length + at] = (byte) (bits >>> 16);
      bytes[2 * values.length + at] = (byte) (bits >>> 8);
    }
    return bytes;
  }

  /** The bits of the nearest float with 24 bits; infinities and NaN keep their upper bits. */
  static int upper(float value) {
    int bits = Float.floatToIntBits(value);
    return Float.isFinite(value) ? bits + 0x80 : bits;
  }
}
