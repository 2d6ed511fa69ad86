package dev.fresnel.viz;

import dev.fresnel.analysis.AttentionPattern;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Attention weights as a page stores them: one block per layer, row by row. A causal pattern stores
 * only the cells on and below the diagonal.
 *
 * @param blocks one per pattern, in the patterns' order
 * @param kept how much attention the stored keys hold; null where every key is stored
 */
record PackedAttention(List<DataBlock> blocks, @Nullable Kept kept) {
  /**
   * How much of each row's attention the stored keys hold, from 0 to 1.
   *
   * @param mean over all rows
   * @param least of any row
   */
  record Kept(double mean, double least) {}

  /** The least weight that a sparse format stores: smaller ones round to 0.00. */
  private static final float LEAST = 0.005f;

  static PackedAttention of(List<AttentionPattern> patterns, boolean causal, Precision precision) {
    var mass = new Mass();
    var blocks = new ArrayList<DataBlock>();
    for (var pattern : patterns) {
      blocks.add(
          DataBlock.of(
              switch (precision) {
                case FLOAT24 -> floats(pattern, causal);
                case SQRT8 -> roots(pattern, causal);
                default -> strongest(pattern, causal, precision.keys(), mass);
              }));
    }
    return new PackedAttention(blocks, precision.sparse() ? mass.kept() : null);
  }

  private static int cells(AttentionPattern pattern, boolean causal) {
    long size = pattern.tokens().size();
    return Math.toIntExact(pattern.heads() * (causal ? size * (size + 1) / 2 : size * size));
  }

  private static byte[] floats(AttentionPattern pattern, boolean causal) {
    var floats = new Floats24(cells(pattern, causal));
    for (int head = 0; head < pattern.heads(); head++) {
      for (int query = 0; query < pattern.tokens().size(); query++) {
        float[] row = pattern.row(head, query);
        for (int key = 0; key < (causal ? query + 1 : row.length); key++) {
          floats.add(row[key]);
        }
      }
    }
    return floats.bytes();
  }

  private static byte[] roots(AttentionPattern pattern, boolean causal) {
    var bytes = new byte[cells(pattern, causal)];
    int at = 0;
    for (int head = 0; head < pattern.heads(); head++) {
      for (int query = 0; query < pattern.tokens().size(); query++) {
        float[] row = pattern.row(head, query);
        for (int key = 0; key < (causal ? query + 1 : row.length); key++) {
          bytes[at++] = root(row[key]);
        }
      }
    }
    return bytes;
  }

  private static byte root(float weight) {
    return (byte) Math.round(255 * Math.sqrt(Math.max(0, Math.min(1, weight))));
  }

  private static byte[] strongest(AttentionPattern pattern, boolean causal, int most, Mass mass) {
    int size = pattern.tokens().size();
    var rows = new byte[pattern.heads() * size];
    var keys = new int[rows.length * most];
    var codes = new byte[keys.length];
    int entries = 0;
    for (int head = 0; head < pattern.heads(); head++) {
      for (int query = 0; query < size; query++) {
        float[] weights = pattern.row(head, query);
        int last = causal ? query + 1 : size;
        double kept = 0;
        for (int key : strongestKeys(weights, last, most)) {
          keys[entries] = key;
          codes[entries++] = root(weights[key]);
          kept += weights[key];
          rows[head * size + query]++;
        }
        mass.add(kept);
      }
    }
    var bytes = new byte[rows.length + 3 * entries];
    System.arraycopy(rows, 0, bytes, 0, rows.length);
    for (int i = 0; i < entries; i++) {
      bytes[rows.length + i] = (byte) keys[i];
      bytes[rows.length + entries + i] = (byte) (keys[i] >>> 8);
      bytes[rows.length + 2 * entries + i] = codes[i];
    }
    return bytes;
  }

  /** The keys with the greatest weights of at least {@link #LEAST}, in ascending order. */
  private static int[] strongestKeys(float[] weights, int last, int most) {
    var keys = new int[Math.min(most, last)];
    int count = 0;
    for (int key = 0; key < last; key++) {
      if (weights[key] < LEAST || (count == most && weights[key] <= weights[keys[most - 1]])) {
        continue;
      }
      int place = count < most ? count++ : most - 1;
      for (; place > 0 && weights[keys[place - 1]] < weights[key]; place--) {
        keys[place] = keys[place - 1];
      }
      keys[place] = key;
    }
    var found = Arrays.copyOf(keys, count);
    Arrays.sort(found);
    return found;
  }

  /** The attention that the stored keys hold, added up row by row. */
  private static final class Mass {
    private double sum;
    private double least = 1;
    private long rows;

    void add(double kept) {
      sum += kept;
      least = Math.min(least, kept);
      rows++;
    }

    Kept kept() {
      return new Kept(sum / Math.max(1, rows), least);
    }
  }
}
