package dev.fresnel.tensor;

import dev.fresnel.tensor.internal.kernel.SymmetricTiles;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Inner products of symmetric matrices that are known by thin factors: of each pair from two
 * stacks, the sum of all elements of one times those of the other. The matrices are never whole:
 * tiles of all of them are made and multiplied on several threads, and of the symmetric halves one
 * is enough.
 */
public final class SymmetricProducts {
  private static final Dim BLOCK = new Dim("block");

  /** The widest tile. Those of all matrices should stay in the processor's cache. */
  private static final long WIDEST = 64;

  /** The most numbers of a tile of all matrices, 16 MB. */
  private static final double MOST = 4e6;

  private final SymmetricTiles tiles;
  private final List<int[]> places = new ArrayList<>();
  private final float @Nullable [][] sums;
  private final double[] total;

  /** The first tile that is not part of the total yet. */
  private int next;

  /**
   * Symmetric matrices {@code leftᵀ right} of one level, a layer's heads for example. Both factors
   * are float32 and have the axes matrix, inner and column, in this order.
   */
  public record Factors(Tensor left, Tensor right) {}

  private SymmetricProducts(SymmetricTiles tiles, int blocks) {
    this.tiles = tiles;
    for (int row = 0; row < blocks; row++) {
      for (int column = row; column < blocks; column++) {
        places.add(new int[] {row, column});
      }
    }
    sums = new float[places.size()][];
    total = new double[Math.toIntExact(Math.multiplyExact(tiles.matrices(), tiles.matrices()))];
  }

  /**
   * The inner products of the matrices of two stacks, whose levels have as many matrices each. A
   * matrix of the second stack meets those of the first up to its own level; what stands at other
   * pairs means nothing.
   *
   * @return [matrix of the first stack, matrix of the second], flat
   */
  public static double[] of(List<Factors> first, List<Factors> second) {
    Tensor level = first.get(0).left;
    long perLevel = level.shape().sizes().get(0);
    long width = level.shape().sizes().get(2);
    long size = tile(width, perLevel * first.size());
    try (var owner = new Owner("SymmetricProducts")) {
      var blocks = new Tensor[4];
      Parallel.forEach(
          List.of(0, 1, 2, 3),
          i -> {
            try (var scope = Scope.open()) {
              var levels = i < 2 ? first : second;
              blocks[i] =
                  owner.keep(
                      i % 2 == 0
                          ? blocks(levels, Factors::left, size, true)
                          : blocks(levels, Factors::right, size, false),
                      "blocks");
            }
          },
          i -> {});
      try (var scope = Scope.open();
          var use = Use.open()) {
        var tiles =
            new SymmetricTiles(stack(blocks[0], blocks[1]), stack(blocks[2], blocks[3]), perLevel);
        return new SymmetricProducts(tiles, (int) (width / size)).computed();
      }
    }
  }

  /** The largest width of tiles that divides that of the matrices and is not too wide. */
  private static long tile(long width, long matrices) {
    long size = (long) Math.max(1, Math.min(Math.min(width, WIDEST), Math.sqrt(MOST / matrices)));
    while (width % size > 0) {
      size--;
    }
    return size;
  }

  private static SymmetricTiles.Stack stack(Tensor rows, Tensor columns) {
    return new SymmetricTiles.Stack(rows.raw(), columns.raw());
  }

  /** One factor of all matrices, block by block: [block, matrix, column, inner] if turned. */
  private static Tensor blocks(
      List<Factors> levels, Function<Factors, Tensor> factor, long size, boolean turned) {
    var dims = factor.apply(levels.get(0)).dims();
    Dim matrix = dims.get(0);
    Dim inner = dims.get(1);
    Dim column = dims.get(2);
    var parts =
        levels.stream()
            .map(factor)
            .map(
                all ->
                    all.split(column, Shape.of(BLOCK, all.size(column) / size).and(column, size))
                        .order(BLOCK, matrix, turned ? column : inner, turned ? inner : column))
            .toList();
    return Tensor.concatenate(matrix, parts).contiguous();
  }

  private double[] computed() {
    Parallel.forEach(
        IntStream.range(0, sums.length).boxed().toList(),
        i -> add(i, tiles.sums(places.get(i)[0], places.get(i)[1])),
        i -> {});
    return total;
  }

  /** Adds tiles in their order, so that the total does not depend on the threads. */
  private synchronized void add(int tile, float[] found) {
    sums[tile] = found;
    for (float[] sum = sums[next]; sum != null; sum = next < sums.length ? sums[next] : null) {
      int times = places.get(next)[0] == places.get(next)[1] ? 1 : 2; // a mirror image too
      for (int i = 0; i < sum.length; i++) {
        total[i] += times * sum[i];
      }
      sums[next++] = null;
    }
  }
}
