package dev.fresnel.tensor.internal;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The bias that is added to attention scores: minus infinity where a query may not see a key, plus
 * any positional bias.
 *
 * @param matrix [query, key], with a batch or head axis if the bias differs along it; null for a
 *     causal bias that kernels can apply without a matrix
 * @param causal whether the bias is just the causal mask, with as many queries as keys
 * @param emptyRows whether some queries see no key, as padding does
 */
public record Bias(@Nullable Tensor matrix, boolean causal, boolean emptyRows) {
  /**
   * The most positions for which a causal bias is kept as a matrix. Up to 512 positions, computing
   * an unwatched pattern with the matrix is faster than libtorch's fused kernel (measured by
   * bench/compare).
   */
  private static final long SHORT = 512;

  /**
   * The causal mask: minus infinity where the key comes after the query or before its window, 0
   * elsewhere. Query i is at position {@code start + i}, key j at position j.
   *
   * @param window the number of positions that a query sees, including its own
   * @param watched whether a plan watches scores or patterns
   */
  public static Bias mask(
      Dim query, long queries, Dim key, long keys, long start, long window, boolean watched) {
    boolean causal = start == 0 && queries == keys && window >= keys;
    if (causal && !watched && keys > SHORT) {
      return new Bias(null, true, false);
    }
    var mask = dev.fresnel.tensor.internal.kernel.Bias.mask(queries, keys, start, window);
    return new Bias(Tensor.wrap(mask, query, key), causal, false);
  }

  /**
   * This bias plus another tensor, which may have a head axis, a batch axis, or both.
   *
   * @param emptyRows whether some queries see no key in the sum
   */
  public Bias plus(Tensor more, boolean emptyRows) {
    if (matrix == null) {
      throw new IllegalStateException("a bias that is not in memory takes no more");
    }
    return new Bias(matrix.plus(more), false, emptyRows);
  }
}
