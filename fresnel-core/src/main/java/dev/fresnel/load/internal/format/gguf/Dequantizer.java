package dev.fresnel.load.internal.format.gguf;

import dev.fresnel.load.internal.format.SmallFloats;

/**
 * Blocks of quantized numbers as float32: each product and sum rounded once, as the format's
 * reference does.
 */
@FunctionalInterface
interface Dequantizer {
  /**
   * @param blocks whole blocks, one behind the other
   * @param count how many blocks
   * @param values where the numbers go, from the beginning
   */
  void dequantize(byte[] blocks, int count, float[] values);

  /** Two bytes, little-endian, as a float16's value. */
  static float half(byte[] bytes, int at) {
    return SmallFloats.toFloat(bytes[at] & 0xFF | bytes[at + 1] << 8);
  }
}
