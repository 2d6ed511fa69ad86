package dev.fresnel.tensor.internal;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What is added to attention scores: minus infinity where a query may not see a key, and what
 * positions add.
 *
 * @param matrix with axes for queries and keys, and for the batch or the heads where these differ;
 *     null where the bias is causal and kernels need no matrix of it
 * @param causal whether it is the causal mask of equally many queries and keys, and nothing else
 * @param emptyRows whether some queries see no key: padding
 */
public record Bias(@Nullable Tensor matrix, boolean causal, boolean emptyRows) {
  /**
   * Up to this many positions a causal bias is kept in memory: patterns that nobody looks at are
   * computed with it faster than by libtorch's fused kernel (measured by bench/compare).
   */
  private static final long SHORT = 512;

  /**
   * Minus infinity where the key is behind the query, or outside its window; 0 elsewhere. Query i
   * is at position {@code start + i}, key j at position j.
   *
   * @param window how many positions a query sees, its own included
   * @param watched whether somebody watches scores or patterns
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
   * The same bias with more added: an axis for the heads where each has its own, one for the batch
   * where texts differ.
   *
   * @param emptyRows whether some queries see no key then
   */
  public Bias plus(Tensor more, boolean emptyRows) {
    if (matrix == null) {
      throw new IllegalStateException("a bias that is not in memory takes no more");
    }
    return new Bias(matrix.plus(more), false, emptyRows);
  }
}
