package dev.fresnel.viz;

import dev.fresnel.analysis.NeuronActivations;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * A layer's activations as a page stores them, in planes of bytes. {@code HALF16}: the upper bytes
 * of [neuron][token], then the lower. Else four planes of each neuron's greatest magnitude as a
 * float, then codes of [neuron][token]: -126 to 126 for parts of that magnitude, -127 and 127 for
 * infinities, -128 for NaN. Where only some are kept: codes of [neuron][text][kept], then the lower
 * and upper bytes of their positions.
 */
final class PackedNeurons {
  private static final int MOST = 126;

  private PackedNeurons() {}

  static DataBlock of(NeuronActivations activations, int layer, NeuronPrecision precision) {
    return DataBlock.of(
        precision == NeuronPrecision.HALF16
            ? halves(activations, layer)
            : codes(activations, layer, precision.kept()));
  }

  private static byte[] halves(NeuronActivations activations, int layer) {
    int tokens = activations.tokens();
    int cells = activations.neurons() * tokens;
    var bytes = new byte[Math.multiplyExact(2, cells)];
    for (int neuron = 0; neuron < activations.neurons(); neuron++) {
      float[] row = activations.of(layer, neuron);
      for (int at = 0; at < tokens; at++) {
        int bits = Float.floatToIntBits(row[at]);
        // To the nearest; infinities and NaN keep their upper bits.
        bits = Float.isFinite(row[at]) ? bits + 0x8000 : bits;
        bytes[neuron * tokens + at] = (byte) (bits >>> 24);
        bytes[cells + neuron * tokens + at] = (byte) (bits >>> 16);
      }
    }
    return bytes;
  }

  private static byte[] codes(NeuronActivations activations, int layer, int kept) {
    int neurons = activations.neurons();
    int texts = activations.texts().size();
    int each = kept == 0 ? activations.tokens() : texts * kept;
    int cells = Math.multiplyExact(neurons, each);
    var bytes = new byte[4 * neurons + cells * (kept == 0 ? 1 : 3)];
    for (int neuron = 0; neuron < neurons; neuron++) {
      float[] row = activations.of(layer, neuron);
      float most = greatest(row);
      int bits = Float.floatToIntBits(most);
      for (int plane = 0; plane < 4; plane++) {
        bytes[plane * neurons + neuron] = (byte) (bits >>> (24 - 8 * plane));
      }
      int to = 4 * neurons + neuron * each;
      if (kept == 0) {
        for (float value : row) {
          bytes[to++] = code(value, most);
        }
        continue;
      }
      int start = 0;
      for (var text : activations.texts()) {
        int[] positions = farthest(row, start, text.size(), kept);
        for (int i = 0; i < kept; i++, to++) {
          // A text with fewer tokens repeats its last one.
          int position = positions[Math.min(i, positions.length - 1)];
          bytes[to] = code(row[start + position], most);
          bytes[cells + to] = (byte) position;
          bytes[2 * cells + to] = (byte) (position >>> 8);
        }
        start += text.size();
      }
    }
    return bytes;
  }

  private static float greatest(float[] row) {
    float most = 0;
    for (float value : row) {
      most = Float.isFinite(value) ? Math.max(most, Math.abs(value)) : most;
    }
    return most;
  }

  private static byte code(float value, float most) {
    if (Float.isNaN(value)) {
      return Byte.MIN_VALUE;
    }
    if (Float.isInfinite(value)) {
      return (byte) (value > 0 ? MOST + 1 : -MOST - 1);
    }
    return (byte) (most == 0 ? 0 : Math.round(MOST * (value / most)));
  }

  /** The positions of a text with the values farthest from 0, NaN first. */
  private static int[] farthest(float[] row, int start, int length, int count) {
    if (count == 1) {
      int best = 0;
      for (int i = 1; i < length; i++) {
        best = size(row[start + i]) > size(row[start + best]) ? i : best;
      }
      return new int[] {best};
    }
    var order =
        IntStream.range(0, length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -size(row[start + i])))
            .mapToInt(Integer::intValue)
            .toArray();
    return Arrays.copyOf(order, Math.min(count, length));
  }

  private static float size(float value) {
    return Float.isNaN(value) ? Float.POSITIVE_INFINITY : Math.abs(value);
  }
}
