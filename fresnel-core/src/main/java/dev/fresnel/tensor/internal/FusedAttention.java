package dev.fresnel.tensor.internal;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.kernel.Kernels;
import dev.fresnel.tensor.internal.kernel.Kernels.Scoring;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Attention on named tensors, computed by {@link Kernels}.
 *
 * @param batch the axis of the texts
 * @param query the axis of positions that attend
 * @param key the axis of positions that are attended to
 * @param head the axis of query heads
 * @param sharedHead the axis of key and value heads; consecutive query heads share one
 * @param features the axis of a head's dimensions
 */
public record FusedAttention(
    Dim batch, Dim query, Dim key, Dim head, Dim sharedHead, Dim features) {
  private static final Kernels KERNELS = Kernels.chosen();

  /**
   * Attention patterns [batch, head, query, key]: the softmax over keys of the soft-capped {@code q
   * k factor} plus the bias.
   *
   * @param q [batch, query, head, features]
   * @param k [batch, key, shared head, features]
   * @param cap the scores' soft cap; empty for none
   * @param scores watches the scores, with the bias added; null for no watcher
   */
  public Tensor pattern(
      Tensor q,
      Tensor k,
      Bias bias,
      double factor,
      OptionalDouble cap,
      @Nullable UnaryOperator<Tensor> scores) {
    var dims = List.of(batch, head, query, key);
    try (var use = Use.open()) {
      var result =
          KERNELS.pattern(
              queries(q), keys(k), raw(bias, q, k), scoring(factor, cap), Fused.raw(scores, dims));
      return Tensor.wrap(result, dims);
    }
  }

  /**
   * Values summed over keys, weighted by a pattern [batch, head, query, key].
   *
   * @param v [batch, key, shared head, features]
   * @return [batch, query, head, features]
   */
  public Tensor mix(Tensor pattern, Tensor v) {
    pattern.shape().requireAgrees(v.shape());
    try (var use = Use.open()) {
      return mixed(KERNELS.mix(pattern.order(batch, head, query, key).unwrap(), keys(v)));
    }
  }

  /** {@code mix(pattern(q, k), v)}, for callers that watch neither scores nor pattern. */
  public Tensor attend(Tensor q, Tensor k, Tensor v, Bias bias, double factor, OptionalDouble cap) {
    k.shape().requireAgrees(v.shape());
    try (var use = Use.open()) {
      return mixed(
          KERNELS.attend(queries(q), keys(k), keys(v), raw(bias, q, k), scoring(factor, cap)));
    }
  }

  private Tensor mixed(org.bytedeco.pytorch.Tensor raw) {
    return Tensor.wrap(raw, batch, query, head, features);
  }

  private org.bytedeco.pytorch.Tensor queries(Tensor q) {
    return q.order(batch, query, head, features).unwrap();
  }

  private org.bytedeco.pytorch.Tensor keys(Tensor k) {
    return k.order(batch, key, sharedHead, features).unwrap();
  }

  private static Scoring scoring(double factor, OptionalDouble cap) {
    return new Scoring(factor, cap.orElse(0));
  }

  /** The bias as kernels read it. Sizes are checked here by name, since kernels have no names. */
  private dev.fresnel.tensor.internal.kernel.Bias raw(Bias bias, Tensor q, Tensor k) {
    q.shape().requireAgrees(k.shape());
    var matrix = bias.matrix();
    if (matrix == null) {
      return new dev.fresnel.tensor.internal.kernel.Bias(null, true, false);
    }
    var dims = List.of(batch, head, query, key);
    if (!matrix.has(query) || !matrix.has(key) || !dims.containsAll(matrix.dims())) {
      throw new FresnelException(
          "a bias has the axes query and key, and may have batch and head; got " + matrix.shape());
    }
    matrix.shape().requireAgrees(q.shape());
    matrix.shape().requireAgrees(k.shape());
    return new dev.fresnel.tensor.internal.kernel.Bias(
        ScaledSum.aligned(matrix, dims), bias.causal(), bias.emptyRows());
  }
}
