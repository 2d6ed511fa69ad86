package dev.fresnel.viz;

/** 32-bit floats by their upper 24 bits: first every highest byte, then the second, the third. */
final class Floats24 {
  private final byte[] bytes;
  private int count;

  /**
   * @param size how many numbers will be added
   */
  Floats24(int size) {
    bytes = new byte[Math.multiplyExact(3, size)];
  }

  void add(float value) {
    int bits = Float24.upper(value);
    int size = bytes.length / 3;
    bytes[count] = (byte) (bits >>> 24);
    bytes[size + count] = (byte) (bits >>> 16);
    bytes[2 * size + count++] = (byte) (bits >>> 8);
  }

  byte[] bytes() {
    return bytes;
  }
}
