package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.BatchedMatmul.Strides;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Address;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Tiles of two stacks of symmetric matrices, and the sums of products of each pair of tiles. A
 * thread keeps the memory for its tiles, and takes addresses instead of views: a tile is a few
 * milliseconds of work.
 */
public final class SymmetricTiles {
  /**
   * The matrices of the second stack that meet the first one's in one product: a multiple of the 24
   * columns that oneDNN computes at a time. With more, more pairs are computed that nobody reads.
   */
  private static final long GROUP = 24;

  /**
   * Numbers between two tiles in memory, a cache line of 64 bytes. At distances of a power of two,
   * tiles would take each other's place in the cache.
   */
  private static final long GAP = 16;

  private final Stack first;
  private final Stack second;
  private final long perLevel;
  private final long matrices;
  private final boolean byOneDnn;
  private final ConcurrentLinkedQueue<Buffers> idle = new ConcurrentLinkedQueue<>();

  /**
   * Symmetric matrices by their factors, both contiguous.
   *
   * @param rows [block, matrix, column, inner]
   * @param columns [block, matrix, inner, column]
   */
  public record Stack(Tensor rows, Tensor columns) {
    /** A tile of every matrix, [matrix, row, column]. */
    private Tensor tile(int row, int column) {
      return rows.select(0, row).bmm(columns.select(0, column));
    }

    private void write(Tensor tiles, int row, int column) {
      long size = rows.size(2);
      long inner = rows.size(3);
      new BatchedMatmul(
              rows.size(1),
              1,
              size,
              inner,
              size,
              new Strides(size * inner, size * inner, inner, 1),
              new Strides(size * inner, size * inner, size, 1),
              new Strides(tiles.stride(0), tiles.stride(0), size, 1))
          .write(
              new Address(rows, row * rows.stride(0)),
              new Address(columns, column * columns.stride(0)),
              Address.of(tiles));
    }

    private boolean suits() {
      return rows.size(0) * rows.size(2) >= OneDnnPrimitive.LEAST_WIDTH
          && OneDnnPrimitive.reads(rows)
          && OneDnnPrimitive.reads(columns);
    }
  }

  /** A thread's tiles [matrix, number] and the sums of their products [matrix, matrix]. */
  private record Buffers(Tensor first, Tensor second, Tensor sums) {}

  /**
   * @param perLevel the number of matrices of a level; one of the second stack meets those of the
   *     first up to its own level
   */
  public SymmetricTiles(Stack first, Stack second, long perLevel) {
    this.first = first;
    this.second = second;
    this.perLevel = perLevel;
    matrices = first.rows.size(1);
    byOneDnn = !KernelChoice.PLAIN && first.suits() && second.suits() && OneDnnPrimitive.isThere();
    for (int i = 0; byOneDnn && i < Libtorch.workers(); i++) {
      idle.add(new Buffers(tiles(first), tiles(second), first.rows.new_zeros(matrices, matrices)));
    }
  }

  private Tensor tiles(Stack stack) {
    long numbers = stack.rows.size(2) * stack.rows.size(2);
    return stack.rows.new_empty(matrices, numbers + GAP).narrow(1, 0, numbers);
  }

  public long matrices() {
    return matrices;
  }

  /** The sums of products at one tile [matrix of the first stack, matrix of the second]. */
  public float[] sums(int row, int column) {
    float[] found = new float[Math.toIntExact(matrices * matrices)];
    try (var scope = new PointerScope()) {
      if (!byOneDnn) {
        var tiles = first.tile(row, column).flatten(1, 2);
        tiles.mm(second.tile(row, column).flatten(1, 2).t()).data_ptr_float().get(found);
        return found;
      }
      Buffers buffers = idle.remove();
      first.write(buffers.first, row, column);
      second.write(buffers.second, row, column);
      var readers = buffers.second.t();
      for (long from = 0; from < matrices; from += GROUP) {
        long to = Math.min(matrices, from + GROUP);
        long met = ((to - 1) / perLevel + 1) * perLevel;
        var writers = buffers.first.narrow(0, 0, met);
        long start = from * readers.stride(1);
        OneDnnMatmul.sgemm(buffers.sums, from, writers, readers, start, to - from, true);
      }
      new FloatPointer(buffers.sums.data_ptr()).get(found);
      idle.add(buffers);
    }
    return found;
  }
}
