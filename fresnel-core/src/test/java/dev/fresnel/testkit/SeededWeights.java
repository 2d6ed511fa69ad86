package dev.fresnel.testkit;

import java.nio.charset.StandardCharsets;

/**
 * Weights and samples that need no file: {@code parity/seeded.py} computes the same bits. A seed is
 * the 64-bit FNV-1a hash of a name. A draw is the upper 24 bits of the SplitMix64 sequence of that
 * seed.
 */
public final class SeededWeights {
  /** SplitMix64's step from one state to the next. */
  private static final long GAMMA = 0x9E3779B97F4A7C15L;

  /** Half the range of a draw: 24 bits are what a float holds without rounding. */
  private static final double HALF_RANGE = 1 << 23;

  private SeededWeights() {}

  /**
   * Values from {@code mean - scale} to {@code mean + scale}, computed in double and rounded once.
   *
   * @param name the weight's name, which is the seed
   */
  public static float[] weight(String name, int size, double scale, double mean) {
    long seed = seed(name);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (mean + scale * ((draw(seed, i) - HALF_RANGE) / HALF_RANGE));
    }
    return values;
  }

  /**
   * Flat indices of a tensor of {@code size} values, in rising order: {@code most} of them, one in
   * each of {@code most} equal parts, or all where the tensor has no more.
   *
   * @param name the activation's name, which is the seed
   */
  public static int[] sample(String name, int size, int most) {
    long seed = seed(name);
    int count = Math.min(size, most);
    int[] indices = new int[count];
    for (int k = 0; k < count; k++) {
      long from = (long) k * size / count;
      long to = (k + 1L) * size / count;
      indices[k] = (int) (from + draw(seed, k) % (to - from));
    }
    return indices;
  }

  /** The 64-bit FNV-1a hash of the name's UTF-8 bytes. */
  static long seed(String name) {
    long seed = 0xCBF29CE484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      seed = (seed ^ (b & 0xFF)) * 0x100000001B3L;
    }
    return seed;
  }

  /** From 0 to 2^24 - 1: the upper bits of SplitMix64's output {@code index} for this seed. */
  static int draw(long seed, long index) {
    long z = seed + (index + 1) * GAMMA;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    z ^= z >>> 31;
    return (int) (z >>> 40);
  }
}
