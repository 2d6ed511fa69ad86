package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.BatchedMatmul.Strides;
import dev.fresnel.tensor.internal.kernel.Matmul.Piece;
import dev.fresnel.tensor.internal.kernel.Matmul.Product;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Address;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
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
   * The symmetric matrices of a level, {@code rightᵀ gram right}.
   *
   * @param gram [matrix, inner, inner]
   * @param right [matrix, inner, column]
   */
  public record Level(Tensor gram, Tensor right) {
    private boolean suits() {
      return !KernelChoice.PLAIN
          && right.size(2) >= OneDnnPrimitive.LEAST_WIDTH
          && OneDnnPrimitive.reads(gram)
          && OneDnnPrimitive.reads(right)
          && OneDnnPrimitive.isThere();
    }

    /** Writes {@code rightᵀ gram} [matrix, column, inner]. */
    private void writeLeft(Tensor to) {
      var turned = right.transpose(1, 2);
      if (suits()) {
        new BatchedMatmul(
                right.size(0),
                1,
                right.size(2),
                right.size(1),
                right.size(1),
                strides(turned),
                strides(gram),
                strides(to))
            .write(Address.of(right), Address.of(gram), Address.of(to));
      } else {
        torch.bmm_out(to, turned, gram);
      }
    }
  }

  private static Strides strides(Tensor matrices) {
    return new Strides(
        matrices.stride(0), matrices.stride(0), matrices.stride(1), matrices.stride(2));
  }

  /** The first numbers of each row, as matrices. */
  private static Tensor matrices(Tensor numbers, long rows, long columns) {
    return numbers.narrow(1, 0, rows * columns).unflatten(1, rows, columns);
  }

  /** The rows or columns of a tile. */
  private record Span(long from, long length) {}

  /**
   * Symmetric matrices, level by level.
   *
   * @param left room for {@code rightᵀ gram} of some levels each, as many as fit, [matrix, column,
   *     inner]
   * @param size the width of tiles; the last of a row or column may be narrower
   */
  public record Stack(List<Level> levels, List<Tensor> left, long size) {
    private long perLevel() {
      return levels.get(0).right.size(0);
    }

    /** Computes the left factors of a level. Different levels may be prepared in parallel. */
    public void prepare(int level) {
      try (var scope = new PointerScope()) {
        int together = Math.toIntExact(left.get(0).size(0) / perLevel());
        Tensor room = left.get(level / together);
        levels.get(level).writeLeft(room.narrow(0, level % together * perLevel(), perLevel()));
      }
    }

    /** Which rows or columns a tile has. */
    private Span span(int tile) {
      long from = tile * size;
      return new Span(from, Math.min(size, left.get(0).size(1) - from));
    }

    private long matrices() {
      return levels.size() * perLevel();
    }

    private Tiles room() {
      var like = left.get(0);
      return new Tiles(
          like.new_empty(matrices(), like.size(2) * size + GAP),
          like.new_empty(matrices(), size * size + GAP));
    }
  }

  /**
   * What a thread keeps of a stack.
   *
   * @param columns some columns of the right factor of every matrix [matrix, number]
   * @param numbers a tile of every matrix [matrix, number]
   */
  private record Tiles(Tensor columns, Tensor numbers) {
    private void take(Stack stack, Span taken) {
      long before = 0;
      for (Level level : stack.levels) {
        Tensor own = columns.narrow(0, before, stack.perLevel());
        matrices(own, level.right.size(1), taken.length)
            .copy_(level.right.narrow(2, taken.from, taken.length));
        before += stack.perLevel();
      }
    }

    /** Writes tiles of the columns that were taken. */
    private Tensor written(Stack stack, Span rows, Span taken, boolean byOneDnn) {
      long before = 0;
      for (Tensor left : stack.left) {
        if (byOneDnn) {
          write(left, before, rows, taken.length);
        } else {
          Tensor tiles = numbers.narrow(0, before, left.size(0));
          Tensor right = columns.narrow(0, before, left.size(0));
          torch.bmm_out(
              matrices(tiles, rows.length, taken.length),
              left.narrow(1, rows.from, rows.length),
              matrices(right, left.size(2), taken.length));
        }
        before += left.size(0);
      }
      return numbers.narrow(1, 0, rows.length * taken.length);
    }

    private void write(Tensor left, long before, Span rows, long width) {
      new BatchedMatmul(
              left.size(0),
              1,
              rows.length,
              left.size(2),
              width,
              strides(left),
              new Strides(columns.stride(0), columns.stride(0), width, 1),
              new Strides(numbers.stride(0), numbers.stride(0), width, 1))
          .write(
              new Address(left, rows.from * left.stride(1)),
              new Address(columns, before * columns.stride(0)),
              new Address(numbers, before * numbers.stride(0)));
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
   * Tiles of two stacks that are prepared, whose levels have as many matrices each. A matrix of the
   * second stack meets those of the first up to its own level.
   */
  public SymmetricTiles(Stack first, Stack second) {
    this.first = first;
    this.second = second;
    perLevel = first.perLevel();
    matrices = first.matrices();
    byOneDnn = Stream.of(first, second).flatMap(all -> all.levels.stream()).allMatch(Level::suits);
    for (int i = 0; i < Libtorch.workers(); i++) {
      Tensor sums = first.left.get(0).new_zeros(matrices, matrices);
      idle.add(new Buffers(first.room(), second.room(), sums));
    }
  }

  /**
   * The sums over all tiles of a column, down to the diagonal; those beside the diagonal count
   * twice, for their mirror images too.
   */
  public Sums sums(int column) {
    var sums = Sums.none(matrices);
    Buffers buffers = idle.remove();
    try (var all = new PointerScope()) {
      Span columns = first.span(column);
      buffers.first.take(first, columns);
      buffers.second.take(second, columns);
      for (int row = 0; row <= column; row++) {
        try (var scope = new PointerScope()) {
          Span rows = first.span(row);
          var tiles = buffers.first.written(first, rows, columns, byOneDnn);
          var others = buffers.second.written(second, rows, columns, byOneDnn);
          multiply(tiles, others.t(), buffers.sums);
          add(sums.products, buffers.sums, row == column ? 1 : 2);
          if (row == column) {
            add(sums.first, traces(tiles), 1);
            add(sums.second, traces(others), 1);
          }
        }
      }
    }
    idle.add(buffers);
    return sums;
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
    if (!byOneDnn) {
      torch.mm_out(sums, writers, readers);
      return;
    }
    var product = new Product(sums, writers, readers, null);
    for (long from = 0; from < matrices; from += GROUP) {
      long to = Math.min(matrices, from + GROUP);
      long met = ((to - 1) / perLevel + 1) * perLevel;
      OneDnnMatmul.sgemm(new Piece(product, 0, met, from, to - from), true);
    }
  }
}
