package dev.fresnel.tensor;

import dev.fresnel.tensor.StackedProduct.Strides;
import dev.fresnel.tensor.StackedProduct.Then;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;

/**
 * Attention patterns, and values mixed by them, by oneDNN's kernels: scaled and masked scores in
 * one, their softmax where they lie, and nothing copied for heads that share keys and values. What
 * takes long enough is cut: each core has its own members, or its own queries.
 */
public final class AttentionKernels {
  /** Multiplications a part: some tens of microseconds. */
  private static final double LEAST = 500_000;

  /** Some groups of one batch row's members, and some rows of theirs. */
  private record Part(long batch, long group, long groups, long row, long rows) {}

  /** Sizes, and how many numbers apart neighbours are, of [batch, pos, member, features]. */
  record Members(org.bytedeco.pytorch.Tensor raw, long count, long member, long pos) {
    static Members of(org.bytedeco.pytorch.Tensor raw) {
      return new Members(raw, raw.size(2), raw.stride(2), raw.stride(1));
    }

    /** Of groups of so many. */
    Strides inGroups(long group) {
      return new Strides(group * member, member, pos, 1);
    }

    Pointer from(long batch, long firstMember, long firstPos) {
      return AttentionKernels.from(
          raw, batch * raw.stride(0) + firstMember * member + firstPos * pos);
    }
  }

  private AttentionKernels() {}

  /**
   * Softmax of {@code q k factor + mask} over keys.
   *
   * @param q float32 [batch, query, member, features]
   * @param k float32 [batch, key, group, features]; as many members share a group's as there are
   *     more of them, in order
   * @param mask [query, key]
   * @return [batch, member, query, key]; empty where there are no kernels for it: narrow, of
   *     another type, on another device, without oneDNN's natives, or where gradients are recorded
   */
  public static Optional<Tensor> pattern(Tensor q, Tensor k, Tensor mask, double factor) {
    if (!suit(q, k) || !OneDnnKernel.reads(mask.raw()) || !mask.raw().is_contiguous()) {
      return Optional.empty();
    }
    long queries = q.raw().size(1);
    long keys = k.raw().size(1);
    var left = Members.of(q.raw());
    var right = Members.of(k.raw());
    long group = left.count / right.count;
    var scores = q.raw().new_empty(q.raw().size(0), left.count, queries, keys);
    run(
        parts(q, right.count, keys),
        part -> {
          long start = (part.batch * left.count + part.group * group) * queries + part.row;
          new StackedProduct(
                  part.groups,
                  group,
                  part.rows,
                  q.raw().size(3),
                  keys,
                  left.inGroups(group),
                  right.inGroups(1).transposed(),
                  matrices(group, queries, keys))
              .then(factor, Then.MASK)
              .write(
                  left.from(part.batch, part.group * group, part.row),
                  right.from(part.batch, part.group, 0),
                  from(scores, start * keys),
                  from(mask.raw(), part.row * keys));
          boolean whole = part.rows == queries; // then all members' rows lie one behind the other
          long members = part.groups * group;
          long rows = whole ? members * queries : part.rows;
          for (long member = 0; member < (whole ? 1 : members); member++) {
            RowSoftmax.of(from(scores, (start + member * queries) * keys), rows, keys);
          }
        });
    var dims = List.of(q.dims().get(0), q.dims().get(2), q.dims().get(1), k.dims().get(1));
    return Optional.of(new Tensor(scores, dims));
  }

  /**
   * Sums values over keys, by a pattern.
   *
   * @param pattern float32 [batch, member, query, key]
   * @param v float32 [batch, key, group, features]
   * @return [batch, query, member, features]; empty as with {@link #pattern}
   */
  public static Optional<Tensor> mixed(Tensor pattern, Tensor v) {
    var weights = pattern.raw();
    if (!OneDnnKernel.reads(weights)
        || !weights.is_contiguous()
        || Gradients.areRecorded(weights)) {
      return Optional.empty();
    }
    long members = weights.size(1);
    long queries = weights.size(2);
    long keys = weights.size(3);
    long features = v.raw().size(3);
    var result = v.raw().new_empty(weights.size(0), queries, members, features);
    var dims =
        List.of(v.dims().get(0), pattern.dims().get(2), pattern.dims().get(1), v.dims().get(3));
    var mixed = new Tensor(result, dims);
    if (!suit(mixed, v)) {
      return Optional.empty();
    }
    var to = Members.of(mixed.raw());
    var right = Members.of(v.raw());
    long group = members / right.count;
    run(
        parts(mixed, right.count, keys),
        part -> {
          long start = (part.batch * members + part.group * group) * queries + part.row;
          new StackedProduct(
                  part.groups,
                  group,
                  part.rows,
                  keys,
                  features,
                  matrices(group, queries, keys),
                  right.inGroups(1),
                  to.inGroups(group))
              .write(
                  from(weights, start * keys),
                  right.from(part.batch, part.group, 0),
                  to.from(part.batch, part.group * group, part.row));
        });
    return Optional.of(mixed);
  }

  private static boolean suit(Tensor x, Tensor shared) {
    var a = x.raw();
    var b = shared.raw();
    return a.dim() == 4
        && b.dim() == 4
        && a.size(2) * a.size(3) >= OneDnnKernel.LEAST_WIDTH
        && a.size(2) % b.size(2) == 0
        && x.shape().count() > 0
        && OneDnnKernel.reads(a)
        && OneDnnKernel.reads(b)
        && a.stride(3) == 1
        && b.stride(3) == 1
        && !Gradients.areRecorded(a, b)
        && OneDnnKernel.isThere();
  }

  /** Each batch row by itself; cut by groups where they come out even, else by rows. */
  private static List<Part> parts(Tensor x, long groups, long keys) {
    long batches = x.raw().size(0);
    long rows = x.raw().size(1);
    double multiplications = (double) x.shape().count() / batches * keys;
    int count = PointsInParts.count(multiplications / LEAST, rows);
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
    Crew.run(
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

  static Pointer from(org.bytedeco.pytorch.Tensor tensor, long number) {
    var start = tensor.data_ptr();
    return start.position(start.position() + number * Float.BYTES);
  }

  /** Members' matrices [rows, columns], one behind the other. */
  static Strides matrices(long group, long rows, long columns) {
    return new Strides(group * rows * columns, rows * columns, columns, 1);
  }
}
