package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.AttentionKernels.Heads;
import dev.fresnel.tensor.internal.kernel.BatchedMatmul.Output;
import dev.fresnel.tensor.internal.kernel.BatchedMatmul.Strides;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Address;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Causal attention on [batch, pos, head, features] with its own gradient rule, by oneDNN. Queries
 * are computed in blocks, each with the keys up to its last query, so that most masked cells are
 * skipped. The patterns are kept for the backward pass.
 */
final class TapedAttention {
  /**
   * The longest text, in positions. Longer ones use libtorch's fused attention, which stores no
   * pattern.
   */
  private static final long LONGEST = 512;

  /**
   * Queries per block, about. Smaller blocks skip more masked cells, but the kernels slow down by
   * more than that saves.
   */
  private static final long BLOCK = 96;

  private final Heads q;
  private final Heads k;
  private final Heads v;
  private final Tensor patterns;
  private final List<QueryBlock> blocks;
  private final double factor;

  /**
   * @param operands queries, keys, values; in the backward pass also the patterns
   */
  private TapedAttention(List<Tensor> operands, double factor) {
    q = Heads.of(operands.get(0));
    k = Heads.of(operands.get(1));
    v = Heads.of(operands.get(2));
    this.factor = factor;
    blocks = blocks(q.raw().size(1));
    patterns =
        operands.size() > 3
            ? operands.get(3)
            : q.raw().new_empty(q.raw().size(0), q.count() * cells(blocks));
  }

  /** Whether {@link #of} accepts these: equal shapes, float32, on the CPU. */
  static boolean suits(List<Tensor> operands) {
    var first = operands.get(0);
    for (var operand : operands) {
      if (!OneDnnPrimitive.reads(operand)
          || operand.stride(3) != 1
          || !Arrays.equals(operand.shape(), first.shape())) {
        return false;
      }
    }
    return first.numel() > 0 && first.size(1) <= LONGEST && OneDnnPrimitive.isThere();
  }

  /**
   * Attention's output, in the queries' shape, recorded on the tape.
   *
   * @param operands queries, keys, values
   */
  static Tensor of(RawTape tape, List<Tensor> operands, double factor) {
    var attention = new TapedAttention(operands, factor);
    var mixed = Recording.off(attention::mixed);
    var inputs = new ArrayList<>(operands);
    inputs.add(attention.patterns);
    tape.record(
        inputs,
        List.of(mixed),
        (in, gradients) -> new TapedAttention(in, factor).derivatives(gradients.get(0)));
    return mixed;
  }

  private Tensor mixed() {
    var mixed = empty(q);
    var z = Heads.of(mixed);
    var masks = blocks.stream().map(TapedAttention::mask).toList();
    for (long batch = 0; batch < q.raw().size(0); batch++) {
      for (int i = 0; i < masks.size(); i++) {
        try (var scope = new PointerScope()) {
          QueryBlock block = blocks.get(i);
          Address pattern = pattern(batch, block);
          scores(block, q, k)
              .with(factor, Output.MASK)
              .write(
                  q.from(batch, 0, block.row),
                  k.from(batch, 0, 0),
                  pattern,
                  Address.of(masks.get(i)));
          RowSoftmax.of(pattern, q.count() * block.rows, block.keys());
          sums(block, v, z).write(pattern, v.from(batch, 0, 0), z.from(batch, 0, block.row));
        }
      }
    }
    return mixed;
  }

  /** The gradients of queries, keys and values. */
  private List<Tensor> derivatives(Tensor gradients) {
    var dz = Heads.of(gradients.stride(3) == 1 ? gradients : gradients.contiguous());
    var results = List.of(empty(q), empty(k), empty(v));
    var dq = Heads.of(results.get(0));
    var dk = Heads.of(results.get(1));
    var dv = Heads.of(results.get(2));
    var scratch = patterns.new_empty(q.count() * blocks.get(0).cells());
    Address ds = Address.of(scratch);
    for (long batch = 0; batch < q.raw().size(0); batch++) {
      for (QueryBlock block : blocks) {
        try (var scope = new PointerScope()) {
          Output output = block == blocks.get(0) ? Output.WRITE : Output.ADD;
          Address pattern = pattern(batch, block);
          Address dzRows = dz.from(batch, 0, block.row);
          keySums(block, dz, dv).with(1, output).write(pattern, dzRows, dv.from(batch, 0, 0));
          scores(block, dz, v).write(dzRows, v.from(batch, 0, 0), ds);
          RowSoftmax.derive(pattern, ds, q.count() * block.rows, block.keys());
          sums(block, k, dq)
              .with(factor, Output.WRITE)
              .write(ds, k.from(batch, 0, 0), dq.from(batch, 0, block.row));
          keySums(block, q, dk)
              .with(factor, output)
              .write(ds, q.from(batch, 0, block.row), dk.from(batch, 0, 0));
        }
      }
    }
    return results;
  }

  /** One number per query and key: [rows, features] by [features, keys]. */
  private BatchedMatmul scores(QueryBlock block, Heads left, Heads right) {
    return new BatchedMatmul(
        q.count(),
        1,
        block.rows,
        q.raw().size(3),
        block.keys(),
        left.inGroups(1),
        right.inGroups(1).transposed(),
        matrices(block));
  }

  /** A sum over keys: [rows, keys] by [keys, features]. */
  private BatchedMatmul sums(QueryBlock block, Heads right, Heads result) {
    return new BatchedMatmul(
        q.count(),
        1,
        block.rows,
        block.keys(),
        q.raw().size(3),
        matrices(block),
        right.inGroups(1),
        result.inGroups(1));
  }

  /** A sum over queries: [keys, rows] by [rows, features]. */
  private BatchedMatmul keySums(QueryBlock block, Heads right, Heads result) {
    return new BatchedMatmul(
        q.count(),
        1,
        block.keys(),
        block.rows,
        q.raw().size(3),
        matrices(block).transposed(),
        right.inGroups(1),
        result.inGroups(1));
  }

  private static Strides matrices(QueryBlock block) {
    return AttentionKernels.matrices(1, block.rows, block.keys());
  }

  private static Tensor empty(Heads like) {
    return like.raw().new_empty(like.raw().sizes());
  }

  /** The causal mask of a block: minus infinity where a key comes after the query. */
  private static Tensor mask(QueryBlock block) {
    return torch
        .full(new long[] {block.rows, block.keys()}, new Scalar(Double.NEGATIVE_INFINITY))
        .triu(block.row + 1);
  }

  private Address pattern(long batch, QueryBlock block) {
    return new Address(patterns, batch * patterns.size(1) + q.count() * block.start);
  }

  /**
   * Splits queries into blocks. The last queries come first, since they read every key: later
   * blocks then add to gradients that exist.
   */
  private static List<QueryBlock> blocks(long length) {
    long count = Math.max(1, (length + BLOCK / 2) / BLOCK);
    var blocks = new ArrayList<QueryBlock>();
    long start = 0;
    for (long i = count - 1; i >= 0; i--) {
      long row = length * i / count;
      var block = new QueryBlock(row, length * (i + 1) / count - row, start);
      blocks.add(block);
      start += block.cells();
    }
    return blocks;
  }

  private static long cells(List<QueryBlock> blocks) {
    var last = blocks.get(blocks.size() - 1);
    return last.start + last.cells();
  }

  /**
   * A block of queries, starting at {@code row}, with all keys up to the last of them.
   *
   * @param start the cells of one head's pattern in the blocks before this one
   */
  private record QueryBlock(long row, long rows, long start) {
    long keys() {
      return row + rows;
    }

    long cells() {
      return rows * keys();
    }
  }
}
