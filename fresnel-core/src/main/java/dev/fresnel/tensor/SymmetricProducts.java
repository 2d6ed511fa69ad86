package dev.fresnel.tensor;

import dev.fresnel.tensor.internal.kernel.SymmetricTiles;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Inner products of symmetric matrices that are known by thin factors: of each pair from two
 * stacks, the sum of all elements of one times those of the other. The matrices are never whole:
 * tiles of all of them are made and multiplied on several threads, and of the symmetric halves one
 * is enough.
 */
public final class SymmetricProducts {
  /**
   * The widest tile: three times the 24 columns that oneDNN computes at a time. Wider tiles of all
   * matrices do not stay in the processor's cache.
   */
  private static final long WIDEST = 72;

  /** The most numbers of a tile of all matrices, 16 MB. */
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
    /** The factors of tiles, the left one with the numbers of each row side by side. */
    private SymmetricTiles.Level level(Owner owner) {
      var matrix = right.dims().get(0);
      var inner = right.dims().get(1);
      var column = right.dims().get(2);
      try (var scope = Scope.open();
          var use = Use.open()) {
        Tensor left = right.order(matrix, column, inner).contiguous();
        return new SymmetricTiles.Level(
            owner.keep(left, "left factors").raw(),
            owner.keep(gram, "Gram matrices").raw(),
            owner.keep(right, "right factors").raw());
      }
    }
  }

  /** The products of two stacks, whose levels have as many matrices each. */
  public static SymmetricProducts of(List<Factors> first, List<Factors> second) {
    var sizes = first.get(0).right.shape().sizes();
    long size = tile(sizes.get(2), sizes.get(0) * first.size());
    try (var owner = new Owner("SymmetricProducts")) {
      var levels = new SymmetricTiles.Level[first.size() + second.size()];
      var all = Stream.concat(first.stream(), second.stream()).toList();
      Parallel.forEach(
          IntStream.range(0, levels.length).boxed().toList(),
          i -> levels[i] = all.get(i).level(owner),
          i -> {});
      var halves = List.of(levels);
      var tiles =
          new SymmetricTiles(
              new SymmetricTiles.Stack(halves.subList(0, first.size()), size),
              new SymmetricTiles.Stack(halves.subList(first.size(), halves.size()), size));
      int columns = Math.toIntExact((sizes.get(2) + size - 1) / size);
      return new SymmetricProducts(
          Math.toIntExact(sizes.get(0) * first.size()), summed(tiles, columns));
    }
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
