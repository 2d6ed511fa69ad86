package dev.fresnel.tensor;

import dev.fresnel.tensor.internal.kernel.SymmetricTiles;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Inner products of symmetric matrices that are known by thin factors: of each pair from two
 * stacks, the sum of all elements of one times those of the other. The matrices are never whole:
 * tiles of all of them are made and multiplied on several threads, and of the symmetric halves one
 * is enough.
 */
public final class SymmetricProducts {
  /**
   * The widest tile: a multiple of the 24 columns that oneDNN computes at a time, and of the 48
   * with AVX-512. Narrower tiles read their factors more often for the same arithmetic; with wider
   * ones the threads' shares are less equal.
   */
  private static final long WIDEST = 96;

  /**
   * The most numbers of a tile of all matrices, and of the left factors of some levels that are one
   * tensor: 16 MB. Larger memory is given back to the system when it is freed, and coming by it
   * again takes long.
   */
  private static final double MOST = 4e6;

  private final int matrices;
  private final SymmetricTiles.Sums sums;

  private SymmetricProducts(int matrices, SymmetricTiles.Sums sums) {
    this.matrices = matrices;
    this.sums = sums;
  }

  /**
   * Symmetric matrices of one level, a layer's heads for example: {@code rightᵀ gram right}. All
   * are float32, with their axes in this order.
   *
   * @param gram symmetric, [matrix, inner, inner], the last under another name
   * @param right [matrix, inner, column]
   */
  public record Factors(Tensor gram, Tensor right) {
    private SymmetricTiles.Level level() {
      return new SymmetricTiles.Level(gram.raw(), right.raw());
    }
  }

  /** The products of two stacks, whose levels have as many matrices each. */
  public static SymmetricProducts of(List<Factors> first, List<Factors> second) {
    var sizes = first.get(0).right.shape().sizes();
    long width = sizes.get(2);
    int matrices = Math.toIntExact(sizes.get(0) * first.size());
    long size = tile(width, matrices);
    try (var scope = Scope.open();
        var use = Use.open()) {
      var stacks = List.of(stack(first, size), stack(second, size));
      Parallel.forEach(
          IntStream.range(0, 2 * first.size()).boxed().toList(),
          i -> stacks.get(i % 2).prepare(i / 2),
          i -> {});
      var tiles = new SymmetricTiles(stacks.get(0), stacks.get(1));
      int columns = Math.toIntExact((width + size - 1) / size);
      return new SymmetricProducts(matrices, summed(tiles, columns));
    }
  }

  private static SymmetricTiles.Stack stack(List<Factors> levels, long size) {
    var right = levels.get(0).right;
    var dims = right.dims();
    int together = (int) Math.max(1, Math.min(levels.size(), MOST / right.shape().count()));
    var left = new ArrayList<org.bytedeco.pytorch.Tensor>();
    for (int from = 0; from < levels.size(); from += together) {
      int count = Math.min(together, levels.size() - from);
      var shape =
          Shape.of(dims.get(0), count * right.size(dims.get(0)))
              .and(dims.get(2), right.size(dims.get(2)))
              .and(dims.get(1), right.size(dims.get(1)));
      left.add(TensorData.empty(shape, DType.FLOAT32).raw());
    }
    return new SymmetricTiles.Stack(
        levels.stream().map(Factors::level).toList(), List.copyOf(left), size);
  }

  /**
   * The product of a matrix of the first stack and one of the second, counted through all levels.
   * It means nothing where the first one's level is behind the second one's.
   */
  public double at(int first, int second) {
    return sums.products()[first * matrices + second];
  }

  /** The trace of a matrix of the first stack. */
  public double firstTrace(int matrix) {
    return sums.first()[matrix];
  }

  /** The trace of a matrix of the second stack. */
  public double secondTrace(int matrix) {
    return sums.second()[matrix];
  }

  @Override
  public String toString() {
    return "SymmetricProducts[%d matrices]".formatted(matrices);
  }

  /** The width of tiles. */
  private static long tile(long width, long matrices) {
    return (long) Math.max(1, Math.min(Math.min(width, WIDEST), Math.sqrt(MOST / matrices)));
  }

  /** Adds columns of tiles in their order, so that the total does not depend on the threads. */
  private static SymmetricTiles.Sums summed(SymmetricTiles tiles, int columns) {
    var sums = new SymmetricTiles.Sums[columns];
    var longestFirst = IntStream.range(0, columns).mapToObj(i -> columns - 1 - i).toList();
    Parallel.forEach(longestFirst, column -> sums[column] = tiles.sums(column), column -> {});
    for (int column = 1; column < columns; column++) {
      sums[0].add(sums[column]);
    }
    return sums[0];
  }
}
