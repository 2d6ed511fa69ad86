package dev.fresnel.load.internal.format;

/** Numbers of 8 and 16 bits as float32, exactly. */
public final class SmallFloats {
  private static final float[] FLOAT16 = new float[1 << 16];

  static {
    for (int bits = 0; bits < FLOAT16.length; bits++) {
      FLOAT16[bits] = float16(bits);
    }
  }

  private SmallFloats() {}

  /** The value of the lower 16 bits as float16; the upper bits are ignored. */
  public static float toFloat(int bits) {
    return FLOAT16[bits & 0xFFFF];
  }

  public static float bfloat16ToFloat(int bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** Eight bits with a five-bit exponent: the upper half of a float16. */
  public static float e5m2ToFloat(int bits) {
    return toFloat((bits & 0xFF) << 8);
  }

  /** Eight bits with a four-bit exponent: no infinities, and one not-a-number of each sign. */
  public static float e4m3ToFloat(int bits) {
    int exponent = bits >> 3 & 0xF;
    int fraction = bits & 7;
    if (exponent == 15 && fraction == 7) {
      return Float.NaN;
    }
    float size = exponent == 0 ? Math.scalb(fraction, -9) : Math.scalb(8 + fraction, exponent - 10);
    return (bits & 0x80) == 0 ? size : -size;
  }

  private static float float16(int bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = bits >> 10 & 0x1F;
    int fraction = bits & 0x3FF;
    if (exponent == 0) {
      return Float.intBitsToFloat(
          sign | Float.floatToRawIntBits(Math.scalb((float) fraction, -24)));
    }
    int wide = exponent == 31 ? 0xFF : exponent + 112;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }
}
