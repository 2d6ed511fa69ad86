package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.BatchedMatmul.Strides;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Address;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Tiles of two stacks of symmetric matrices, and the sums of products of each pair of tiles. A
 * thread keeps the memory for its tiles, and takes addresses instead of views: a tile is a few
 * milliseconds of work.
 */
public final class SymmetricTiles {
  /**
   * The matrices of the second stack that meet the first one's in one product: a multiple of the 24
   * columns that oneDNN computes at a time, or the 48 with AVX-512. With more, more pairs are
   * computed that nobody reads.
   */
  private static final long GROUP = 48;

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
   * The symmetric matrices of a level, {@code left gram right}.
   *
   * @param left [matrix, row, inner], with the numbers of a row side by side in memory
   * @param gram [matrix, inner, inner]
   * @param right [matrix, inner, column], the left one transposed
   */
  public record Level(Tensor left, Tensor gram, Tensor right) {
    private long matrices() {
      return left.size(0);
    }

    /** Writes {@code gram right} of some columns behind those of the matrices before this level. */
    private void writeColumns(Tensor to, long before, Span taken) {
      long inner = gram.size(1);
      new BatchedMatmul(
              matrices(),
              1,
              inner,
              inner,
              taken.length,
              strides(gram),
              strides(right),
              new Strides(to.stride(0), to.stride(0), taken.length, 1))
          .write(
              Address.of(gram),
              new Address(right, taken.from * right.stride(2)),
              new Address(to, before * to.stride(0)));
    }

    /** Writes tiles behind those of the matrices before this level. */
    private void writeTiles(Tiles to, long before, Span rows, long width) {
      var columns = to.columns;
      var tiles = to.numbers;
      new BatchedMatmul(
              matrices(),
              1,
              rows.length,
              left.size(2),
              width,
              strides(left),
              new Strides(columns.stride(0), columns.stride(0), width, 1),
              new Strides(tiles.stride(0), tiles.stride(0), width, 1))
          .write(
              new Address(left, rows.from * left.stride(1)),
              new Address(columns, before * columns.stride(0)),
              new Address(tiles, before * tiles.stride(0)));
    }

    private static Strides strides(Tensor matrices) {
      return new Strides(
          matrices.stride(0), matrices.stride(0), matrices.stride(1), matrices.stride(2));
    }

    private boolean suits() {
      return right.size(2) >= OneDnnPrimitive.LEAST_WIDTH
          && Stream.of(left, gram, right).allMatch(OneDnnPrimitive::reads);
    }
  }

  /** The rows or columns of a tile. */
  private record Span(long from, long length) {}

  /**
   * Symmetric matrices, level by level.
   *
   * @param size the width of tiles; the last of a row or column may be narrower
   */
  public record Stack(List<Level> levels, long size) {
    private long width() {
      return levels.get(0).right.size(2);
    }

    /** Which rows or columns a tile has. */
    private Span span(int tile) {
      long from = tile * size;
      return new Span(from, Math.min(size, width() - from));
    }

    private long matrices() {
      return levels.stream().mapToLong(Level::matrices).sum();
    }

    /** A tile of every matrix, [matrix, number]. */
    private Tensor tile(Span rows, Span columns) {
      var parts =
          levels.stream()
              .map(
                  level ->
                      level
                          .left
                          .narrow(1, rows.from, rows.length)
                          .bmm(
                              level.gram.bmm(level.right.narrow(2, columns.from, columns.length))));
      return torch.cat(new TensorVector(parts.toArray(Tensor[]::new)), 0).flatten(1, 2);
    }

    private Tiles room() {
      var like = levels.get(0).left;
      long inner = like.size(2);
      return new Tiles(
          like.new_empty(matrices(), inner * size + GAP).narrow(1, 0, inner * size),
          like.new_empty(matrices(), size * size + GAP).narrow(1, 0, size * size));
    }
  }

  /**
   * What a thread keeps of a stack.
   *
   * @param columns some columns of {@code gram right} of every matrix [matrix, number]
   * @param numbers a tile of every matrix [matrix, number]
   */
  private record Tiles(Tensor columns, Tensor numbers) {
    private void take(Stack stack, Span taken) {
      long before = 0;
      for (Level level : stack.levels) {
        level.writeColumns(columns, before, taken);
        before += level.matrices();
      }
    }

    /** Writes tiles of the columns that were taken. */
    private Tensor written(Stack stack, Span rows, Span taken) {
      long before = 0;
      for (Level level : stack.levels) {
        level.writeTiles(this, before, rows, taken.length);
        before += level.matrices();
      }
      return numbers.narrow(1, 0, rows.length * taken.length);
    }
  }

  /** A thread's tiles and the sums of their products [matrix, matrix]. */
  private record Buffers(Tiles first, Tiles second, Tensor sums) {}

  /**
   * Sums over some tiles.
   *
   * @param products [matrix of the first stack, matrix of the second], flat
   * @param first the traces of the first stack's matrices
   * @param second those of the second stack's
   */
  public record Sums(double[] products, double[] first, double[] second) {
    static Sums none(long matrices) {
      int count = Math.toIntExact(matrices);
      return new Sums(
          new double[Math.multiplyExact(count, count)], new double[count], new double[count]);
    }

    public void add(Sums more) {
      add(products, more.products);
      add(first, more.first);
      add(second, more.second);
    }

    private static void add(double[] sums, double[] more) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += more[i];
      }
    }
  }

  /**
   * Tiles of two stacks, whose levels have as many matrices each. A matrix of the second stack
   * meets those of the first up to its own level.
   */
  public SymmetricTiles(Stack first, Stack second) {
    this.first = first;
    this.second = second;
    perLevel = first.levels.get(0).matrices();
    matrices = first.matrices();
    byOneDnn =
        !KernelChoice.PLAIN
            && Stream.of(first, second).flatMap(all -> all.levels.stream()).allMatch(Level::suits)
            && OneDnnPrimitive.isThere();
    for (int i = 0; byOneDnn && i < Libtorch.workers(); i++) {
      Tensor sums = first.levels.get(0).left.new_zeros(matrices, matrices);
      idle.add(new Buffers(first.room(), second.room(), sums));
    }
  }

  /**
   * The sums over all tiles of a column, down to the diagonal; those beside the diagonal count
   * twice, for their mirror images too.
   */
  public Sums sums(int column) {
    var sums = Sums.none(matrices);
    try (var all = new PointerScope()) {
      Span columns = first.span(column);
      Buffers buffers = byOneDnn ? idle.remove() : null;
      if (buffers != null) {
        buffers.first.take(first, columns);
        buffers.second.take(second, columns);
      }
      for (int row = 0; row <= column; row++) {
        try (var scope = new PointerScope()) {
          Span rows = first.span(row);
          if (buffers == null) {
            var tiles = first.tile(rows, columns);
            var others = second.tile(rows, columns);
            add(sums, row == column, tiles, others, tiles.mm(others.t()));
          } else {
            var tiles = buffers.first.written(first, rows, columns);
            var others = buffers.second.written(second, rows, columns);
            multiply(tiles, others.t(), buffers.sums);
            add(sums, row == column, tiles, others, buffers.sums);
          }
        }
      }
      if (buffers != null) {
        idle.add(buffers);
      }
    }
    return sums;
  }

  private void add(Sums sums, boolean onDiagonal, Tensor tiles, Tensor others, Tensor products) {
    add(sums.products, products, onDiagonal ? 1 : 2);
    if (onDiagonal) {
      add(sums.first, traces(tiles), 1);
      add(sums.second, traces(others), 1);
    }
  }

  /** The sum of the numbers on each tile's diagonal. */
  private static Tensor traces(Tensor tiles) {
    long size = Math.round(Math.sqrt(tiles.size(1)));
    return tiles.unflatten(1, size, size).diagonal(0, 1, 2).sum(1);
  }

  private static void add(double[] sums, Tensor more, int times) {
    var found = new float[sums.length];
    new FloatPointer(more.data_ptr()).get(found);
    for (int i = 0; i < found.length; i++) {
      sums[i] += times * found[i];
    }
  }

  private void multiply(Tensor writers, Tensor readers, Tensor sums) {
    for (long from = 0; from < matrices; from += GROUP) {
      long to = Math.min(matrices, from + GROUP);
      long met = ((to - 1) / perLevel + 1) * perLevel;
      long start = from * readers.stride(1);
      OneDnnMatmul.sgemm(sums, from, writers.narrow(0, 0, met), readers, start, to - from, true);
    }
  }
}
