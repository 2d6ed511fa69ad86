package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.BatchedMatmul.Strides;
import dev.fresnel.tensor.internal.kernel.BatchedMatmul.Then;
import dev.fresnel.tensor.internal.kernel.Kernels.Scoring;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention patterns, and values mixed by them, by oneDNN's kernels: scaled and masked scores in
 * one, their softmax where they lie, and nothing copied for heads that share keys and values. What
 * takes long enough is cut: each core has its own members, or its own queries.
 */
final class AttentionKernels {
  /** Multiplications a part: some tens of microseconds. */
  private static final double LEAST = 500_000;

  /** Some groups of one batch row's members, and some rows of theirs. */
  private record Part(long batch, long group, long groups, long row, long rows) {}

  /** Sizes, and how many numbers apart neighbours are, of [batch, pos, head, features]. */
  record Heads(Tensor raw, long count, long head, long pos) {
    static Heads of(Tensor raw) {
      return new Heads(raw, raw.size(2), raw.stride(2), raw.stride(1));
    }

    /** Of groups of so many. */
    Strides inGroups(long group) {
      return new Strides(group * head, head, pos, 1);
    }

    Pointer from(long batch, long firstHead, long firstPos) {
      return AttentionKernels.from(raw, batch * raw.stride(0) + firstHead * head + firstPos * pos);
    }
  }

  private AttentionKernels() {}

  /**
   * Whether {@link #pattern} takes these: wide enough to repay loading oneDNN, float32, on the
   * processor, not recorded; a bias that all texts and heads share; no soft cap.
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
   * Softmax of {@code q k factor + mask} over keys.
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
              .then(factor, Then.MASK)
              .write(
                  left.from(part.batch, part.group * group, part.row),
                  right.from(part.batch, part.group, 0),
                  from(scores, start * keys),
                  from(mask, part.row * keys));
          boolean whole = part.rows == queries; // then the rows of all heads are contiguous
          long heads = part.groups * group;
          long rows = whole ? heads * queries : part.rows;
          for (long head = 0; head < (whole ? 1 : heads); head++) {
            RowSoftmax.of(from(scores, (start + head * queries) * keys), rows, keys);
          }
        });
    return scores;
  }

  /** Whether {@link #mixed} takes these. */
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
                  from(pattern, start * keys),
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

  /** Each batch row by itself; cut by groups where they come out even, else by rows. */
  private static List<Part> parts(Tensor x, long groups, long keys) {
    long batches = x.size(0);
    long rows = x.size(1);
    double multiplications = (double) x.numel() / batches * keys;
    int count = Elementwise.count(multiplications / LEAST, rows);
    boolean even = groups % count == 0;
    var parts = new ArrayList<Part>();
    for (long batch = 0; batch < batches; batch++) {
      for (long i = 0; i < count; i++) {
        long group = even ? groups * i / count : 0;
        long row = even ? 0 : rows * i / count;
        parts.add(
            new Part(
                batch,
                group,
                even ? groups / count : groups,
                row,
                even ? rows : rows * (i + 1) / count - row));
      }
    }
    return parts;
  }

  private static void run(List<Part> parts, Consumer<Part> work) {
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
    Reference.reachabilityFence(work); // a loose tensor could be freed while it is read
  }

  static Pointer from(Tensor tensor, long number) {
    var start = tensor.data_ptr();
    return start.position(start.position() + number * Float.BYTES);
  }

  /** Members' matrices [rows, columns], one behind the other. */
  static Strides matrices(long group, long rows, long columns) {
    return new Strides(group * rows * columns, rows * columns, columns, 1);
  }
}
