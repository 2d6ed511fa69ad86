package dev.fresnel.tensor.internal.kernel;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The bias that is added to attention scores: minus infinity where a query may not see a key, plus
 * any positional bias.
 *
 * @param matrix [batch, head, query, key], with size 1 along the batch or head axis if all share
 *     it; null for a causal bias without a matrix
 * @param causal whether the bias is just the causal mask, with as many queries as keys
 * @param emptyRows whether some queries see no key, as padding does
 */
public record Bias(@Nullable Tensor matrix, boolean causal, boolean emptyRows) {
  public Bias {
    if (matrix == null && !causal) {
      throw new IllegalArgumentException("a bias that is not causal needs a matrix");
    }
    if (matrix != null && matrix.dim() != 4) {
      throw new IllegalArgumentException(
          "a bias is [batch, head, query, key], this has " + matrix.dim() + " axes");
    }
  }

  /**
   * The causal mask: minus infinity where the key comes after the query or before its window, 0
   * elsewhere. Query i is at position {@code queryStart + i}, key j at position j.
   *
   * @param window the number of positions that a query sees, including its own
   * @return [queries, keys], float32
   */
  public static Tensor mask(long queries, long keys, long queryStart, long window) {
    try (var never = new Scalar(Double.NEGATIVE_INFINITY)) {
      Tensor later = torch.full(new long[] {queries, keys}, never).triu(queryStart + 1);
      return queryStart + queries <= window
          ? later
          : later.add(torch.full(new long[] {queries, keys}, never).tril(queryStart - window));
    }
  }

  /** The matrix; made for this call if the bias has none. */
  Tensor matrixFor(Tensor q, Tensor k) {
    return matrix != null
        ? matrix
        : mask(q.size(1), k.size(1), 0, Long.MAX_VALUE).unsqueeze(0).unsqueeze(0);
  }
}
