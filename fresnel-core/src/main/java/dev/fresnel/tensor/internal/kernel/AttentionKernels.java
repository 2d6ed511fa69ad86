package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.BatchedMatmul.Output;
import dev.fresnel.tensor.internal.kernel.BatchedMatmul.Strides;
import dev.fresnel.tensor.internal.kernel.Kernels.Scoring;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention patterns, and values mixed by them, by oneDNN. One primitive computes scaled and masked
 * scores, another their softmax in place. Keys and values that heads share are not copied. Large
 * computations are split among the cores, by heads or by queries.
 */
final class AttentionKernels {
  /** The least multiplications per part: a few tens of microseconds. */
  private static final double LEAST = 500_000;

  /** A part of the work: some groups of heads of one text, and some of their queries. */
  private record Share(long batch, long group, long groups, long row, long rows) {}

  /** A tensor [batch, pos, head, features], with its number of heads and its strides. */
  record Heads(Tensor raw, long count, long head, long pos) {
    static Heads of(Tensor raw) {
      return new Heads(raw, raw.size(2), raw.stride(2), raw.stride(1));
    }

    /** The strides with this many heads per group. */
    Strides inGroups(long group) {
      return new Strides(group * head, head, pos, 1);
    }

    Address from(long batch, long firstHead, long firstPos) {
      return new Address(raw, batch * raw.stride(0) + firstHead * head + firstPos * pos);
    }
  }

  private AttentionKernels() {}

  /**
   * Whether {@link #pattern} accepts these: wide enough to repay loading oneDNN, float32, on the
   * CPU, not recorded, a bias that all texts and heads share, and no soft cap.
   */
  static boolean suitPattern(Tensor q, Tensor k, Bias bias, Scoring scoring) {
    var matrix = bias.matrix();
    return scoring.cap() == 0
        && !bias.emptyRows()
        && (matrix == null
            || matrix.size(0) == 1
                && matrix.size(1) == 1
                && OneDnnPrimitive.reads(matrix)
                && matrix.is_contiguous())
        && suit(q, k);
  }

  /**
   * The softmax of {@code q k factor + mask} over keys.
   *
   * @param q float32 [batch, query, head, features]
   * @param k float32 [batch, key, shared head, features]; consecutive heads share one
   * @param mask [1, 1, query, key]
   * @return [batch, head, query, key]
   */
  static Tensor pattern(Tensor q, Tensor k, Tensor mask, double factor) {
    long queries = q.size(1);
    long keys = k.size(1);
    var left = Heads.of(q);
    var right = Heads.of(k);
    long group = left.count / right.count;
    var scores = q.new_empty(q.size(0), left.count, queries, keys);
    run(
        parts(q, right.count, keys),
        part -> {
          long start = (part.batch * left.count + part.group * group) * queries + part.row;
          new BatchedMatmul(
                  part.groups,
                  group,
                  part.rows,
                  q.size(3),
                  keys,
                  left.inGroups(group),
                  right.inGroups(1).transposed(),
                  matrices(group, queries, keys))
              .with(factor, Output.MASK)
              .write(
                  left.from(part.batch, part.group * group, part.row),
                  right.from(part.batch, part.group, 0),
                  new Address(scores, start * keys),
                  new Address(mask, part.row * keys));
          boolean whole = part.rows == queries; // if so, the rows of all heads are contiguous
          long heads = part.groups * group;
          long rows = whole ? heads * queries : part.rows;
          for (long head = 0; head < (whole ? 1 : heads); head++) {
            RowSoftmax.of(new Address(scores, (start + head * queries) * keys), rows, keys);
          }
        });
    return scores;
  }

  /** Whether {@link #mixed} accepts these. */
  static boolean suitMix(Tensor pattern, Tensor v) {
    return OneDnnPrimitive.reads(pattern)
        && pattern.is_contiguous()
        && !Recording.isOn(pattern, v)
        && suit(pattern.size(1), v, v);
  }

  /**
   * Values summed over keys, weighted by a pattern.
   *
   * @param pattern float32 [batch, head, query, key]
   * @param v float32 [batch, key, shared head, features]
   * @return [batch, query, head, features]
   */
  static Tensor mixed(Tensor pattern, Tensor v) {
    long heads = pattern.size(1);
    long queries = pattern.size(2);
    long keys = pattern.size(3);
    var result = v.new_empty(pattern.size(0), queries, heads, v.size(3));
    var to = Heads.of(result);
    var right = Heads.of(v);
    long group = heads / right.count;
    run(
        parts(result, right.count, keys),
        part -> {
          long start = (part.batch * heads + part.group * group) * queries + part.row;
          new BatchedMatmul(
                  part.groups,
                  group,
                  part.rows,
                  keys,
                  v.size(3),
                  matrices(group, queries, keys),
                  right.inGroups(1),
                  to.inGroups(group))
              .write(
                  new Address(pattern, start * keys),
                  right.from(part.batch, part.group, 0),
                  to.from(part.batch, part.group * group, part.row));
        });
    return result;
  }

  private static boolean suit(Tensor x, Tensor shared) {
    return x.dim() == 4
        && OneDnnPrimitive.reads(x)
        && x.stride(3) == 1
        && x.numel() > 0
        && suit(x.size(2), x, shared);
  }

  private static boolean suit(long heads, Tensor x, Tensor shared) {
    return shared.dim() == 4
        && heads * shared.size(3) >= OneDnnPrimitive.LEAST_WIDTH
        && heads % shared.size(2) == 0
        && shared.numel() > 0
        && OneDnnPrimitive.reads(shared)
        && shared.stride(3) == 1
        && !Recording.isOn(x, shared)
        && OneDnnPrimitive.isThere();
  }

  /**
   * The parts of the work: each text by itself, split by groups of heads if they divide evenly,
   * otherwise by queries.
   */
  private static List<Share> parts(Tensor x, long groups, long keys) {
    long batches = x.size(0);
    long rows = x.size(1);
    double multiplications = (double) x.numel() / batches * keys;
    int count = Elementwise.count(multiplications / LEAST, rows);
    boolean even = groups % count == 0;
    var parts = new ArrayList<Share>();
    for (long batch = 0; batch < batches; batch++) {
      for (long i = 0; i < count; i++) {
        long group = even ? groups * i / count : 0;
        long row = even ? 0 : rows * i / count;
        parts.add(
            new Share(
                batch,
                group,
                even ? groups / count : groups,
                row,
                even ? rows : rows * (i + 1) / count - row));
      }
    }
    return parts;
  }

  private static void run(List<Share> parts, Consumer<Share> work) {
    Workers.run(
        parts.stream()
            .<Runnable>map(
                part ->
                    () -> {
                      try (var scope = new PointerScope()) {
                        work.accept(part);
                      }
                    })
            .toList());
  }

  /** The strides of contiguous matrices [rows, columns], one per head. */
  static Strides matrices(long group, long rows, long columns) {
    return new Strides(group * rows * columns, rows * columns, columns, 1);
  }
}
