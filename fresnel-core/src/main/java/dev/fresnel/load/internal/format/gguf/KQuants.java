package dev.fresnel.load.internal.format.gguf;

import static dev.fresnel.load.internal.format.gguf.Dequantizer.half;

/**
 * The K-quants: 256 numbers in groups of 16 or 32, each group with a small integer scale (and
 * perhaps a smallest value) that the block's own float16 scales.
 */
final class KQuants {
  private static final int SIZE = 256;

  private KQuants() {}

  /** 16 scales, 64 bytes, d, dMin: {@code d * scale * q - dMin * min} with q of 2 bits. */
  static void q2(byte[] in, int count, float[] out) {
    for (int block = 0, at = 0; block < count; block++, at += 84) {
      float d = half(in, at + 80);
      float dMin = half(in, at + 82);
      for (int group = 0; group < 16; group++) {
        float scale = d * (in[at + group] & 0xF);
        float min = dMin * (in[at + group] >> 4 & 0xF);
        int from = at + 16 + 32 * (group / 8) + 16 * (group % 2);
        int shift = 2 * (group / 2 % 4);
        int to = block * SIZE + 16 * group;
        for (int i = 0; i < 16; i++) {
          out[to + i] = scale * (in[from + i] >> shift & 3) - min;
        }
      }
    }
  }

  /** 32 bytes of third bits, 64 bytes, 12 bytes of scales, d: {@code d * (scale - 32) * q}. */
  static void q3(byte[] in, int count, float[] out) {
    for (int block = 0, at = 0; block < count; block++, at += 110) {
      float d = half(in, at + 108);
      for (int group = 0; group < 16; group++) {
        float scale = d * (scaleOfQ3(in, at + 96, group) - 32);
        int from = at + 32 + 32 * (group / 8) + 16 * (group % 2);
        int third = at + 16 * (group % 2);
        int shift = 2 * (group / 2 % 4);
        int to = block * SIZE + 16 * group;
        for (int i = 0; i < 16; i++) {
          int missing = ~in[third + i] >> group / 2 & 1; // 4 is taken off where the third bit is 0
          out[to + i] = scale * ((in[from + i] >> shift & 3) - 4 * missing);
        }
      }
    }
  }

  private static int scaleOfQ3(byte[] in, int at, int group) {
    int low = group < 8 ? in[at + group] & 0xF : in[at + group - 8] >> 4 & 0xF;
    int high = in[at + 8 + group % 4] >> 2 * (group / 4) & 3;
    return low | high << 4;
  }

  /** d, dMin, 12 bytes of scales and mins, 128 bytes: {@code d * scale * q - dMin * min}. */
  static void q4(byte[] in, int count, float[] out) {
    for (int block = 0, at = 0; block < count; block++, at += 144) {
      float d = half(in, at);
      float dMin = half(in, at + 2);
      for (int group = 0; group < 8; group++) {
        float scale = d * scale(in, at + 4, group);
        float min = dMin * min(in, at + 4, group);
        int from = at + 16 + 32 * (group / 2);
        int shift = 4 * (group % 2);
        int to = block * SIZE + 32 * group;
        for (int i = 0; i < 32; i++) {
          out[to + i] = scale * (in[from + i] >> shift & 0xF) - min;
        }
      }
    }
  }

  /** As q4, with 32 bytes of fifth bits before the 128 bytes. */
  static void q5(byte[] in, int count, float[] out) {
    for (int block = 0, at = 0; block < count; block++, at += 176) {
      float d = half(in, at);
      float dMin = half(in, at + 2);
      for (int group = 0; group < 8; group++) {
        float scale = d * scale(in, at + 4, group);
        float min = dMin * min(in, at + 4, group);
        int fifth = at + 16;
        int from = at + 48 + 32 * (group / 2);
        int shift = 4 * (group % 2);
        int to = block * SIZE + 32 * group;
        for (int i = 0; i < 32; i++) {
          int q = in[from + i] >> shift & 0xF | (in[fifth + i] >> group & 1) << 4;
          out[to + i] = scale * q - min;
        }
      }
    }
  }

  /** 128 bytes of lower and 64 of upper bits, 16 signed scales, d: {@code d * scale * (q - 32)}. */
  static void q6(byte[] in, int count, float[] out) {
    for (int block = 0, at = 0; block < count; block++, at += 210) {
      float d = half(in, at + 208);
      for (int group = 0; group < 16; group++) {
        float scale = d * in[at + 192 + group];
        int row = group / 2 % 4;
        int low = at + 64 * (group / 8) + 32 * (row % 2) + 16 * (group % 2);
        int high = at + 128 + 32 * (group / 8) + 16 * (group % 2);
        int to = block * SIZE + 16 * group;
        for (int i = 0; i < 16; i++) {
          int q = in[low + i] >> 4 * (row / 2) & 0xF | (in[high + i] >> 2 * row & 3) << 4;
          out[to + i] = scale * (q - 32);
        }
      }
    }
  }

  /**
   * Eight scales and eight mins of 6 bits: those of the last four groups are spread over spare
   * bits.
   */
  private static int scale(byte[] in, int at, int group) {
    return group < 4
        ? in[at + group] & 0x3F
        : in[at + 4 + group] & 0xF | in[at + group - 4] >> 2 & 0x30;
  }

  private static int min(byte[] in, int at, int group) {
    return group < 4
        ? in[at + 4 + group] & 0x3F
        : in[at + 4 + group] >> 4 & 0xF | in[at + group] >> 2 & 0x30;
  }
}
