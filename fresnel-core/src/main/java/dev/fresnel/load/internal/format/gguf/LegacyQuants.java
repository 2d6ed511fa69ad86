package dev.fresnel.load.internal.format.gguf;

import static dev.fresnel.load.internal.format.gguf.Dequantizer.half;

import dev.fresnel.load.internal.format.SmallFloats;

/**
 * The simple kinds of blocks: 32 numbers with one scale d, and perhaps a smallest value m. The
 * lower halves of the bytes are the first 16 numbers, the upper halves the other 16.
 */
final class LegacyQuants {
  private static final int SIZE = 32;

  private LegacyQuants() {}

  static void float16(byte[] in, int count, float[] out) {
    for (int i = 0; i < count; i++) {
      out[i] = half(in, 2 * i);
    }
  }

  static void bfloat16(byte[] in, int count, float[] out) {
    for (int i = 0; i < count; i++) {
      out[i] = SmallFloats.bfloat16ToFloat(in[2 * i] & 0xFF | in[2 * i + 1] << 8);
    }
  }

  /** d, 32 signed bytes: {@code q * d}. */
  static void q8With0(byte[] in, int count, float[] out) {
    for (int block = 0, at = 0; block < count; block++, at += 2 + SIZE) {
      float d = half(in, at);
      for (int i = 0; i < SIZE; i++) {
        out[block * SIZE + i] = in[at + 2 + i] * d;
      }
    }
  }

  /** d, 16 bytes: {@code d * (q - 8)}. */
  static void q4With0(byte[] in, int count, float[] out) {
    for (int block = 0, at = 0; block < count; block++, at += 18) {
      float d = half(in, at);
      int to = block * SIZE;
      for (int i = 0; i < 16; i++) {
        int pair = in[at + 2 + i];
        out[to + i] = d * ((pair & 0xF) - 8);
        out[to + 16 + i] = d * ((pair >> 4 & 0xF) - 8);
      }
    }
  }

  /** d, m, 16 bytes: {@code d * q + m}. */
  static void q4With1(byte[] in, int count, float[] out) {
    for (int block = 0, at = 0; block < count; block++, at += 20) {
      float d = half(in, at);
      float m = half(in, at + 2);
      int to = block * SIZE;
      for (int i = 0; i < 16; i++) {
        int pair = in[at + 4 + i];
        out[to + i] = d * (pair & 0xF) + m;
        out[to + 16 + i] = d * (pair >> 4 & 0xF) + m;
      }
    }
  }

  /** d, the 32 fifth bits, 16 bytes: {@code d * (q - 16)}. */
  static void q5With0(byte[] in, int count, float[] out) {
    for (int block = 0, at = 0; block < count; block++, at += 22) {
      float d = half(in, at);
      int fifth = bits(in, at + 2);
      int to = block * SIZE;
      for (int i = 0; i < 16; i++) {
        int pair = in[at + 6 + i];
        out[to + i] = d * ((pair & 0xF | (fifth >> i & 1) << 4) - 16);
        out[to + 16 + i] = d * ((pair >> 4 & 0xF | (fifth >> i + 16 & 1) << 4) - 16);
      }
    }
  }

  /** d, m, the 32 fifth bits, 16 bytes: {@code d * q + m}. */
  static void q5With1(byte[] in, int count, float[] out) {
    for (int block = 0, at = 0; block < count; block++, at += 24) {
      float d = half(in, at);
      float m = half(in, at + 2);
      int fifth = bits(in, at + 4);
      int to = block * SIZE;
      for (int i = 0; i < 16; i++) {
        int pair = in[at + 8 + i];
        out[to + i] = d * (pair & 0xF | (fifth >> i & 1) << 4) + m;
        out[to + 16 + i] = d * (pair >> 4 & 0xF | (fifth >> i + 16 & 1) << 4) + m;
      }
    }
  }

  private static int bits(byte[] in, int at) {
    return in[at] & 0xFF | (in[at + 1] & 0xFF) << 8 | (in[at + 2] & 0xFF) << 16 | in[at + 3] << 24;
  }
}
