package dev.fresnel.load.internal.weights;

import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;

import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * Shapes that files store weights in, and the views that turn them into TransformerLens's layout.
 */
public final class WeightViews {
  /** All heads of queries in one axis, head by head. */
  public static final Dim QUERIES = new Dim("heads*d_head");

  /** All heads of keys, or of values, in one axis. */
  public static final Dim KEYS = new Dim("kv_heads*d_head");

  private final Sizes sizes;

  public WeightViews(Sizes sizes) {
    this.sizes = sizes;
  }

  public long queries() {
    return (long) sizes.heads() * sizes.dHead();
  }

  public long keys() {
    return (long) sizes.keyValueHeads() * sizes.dHead();
  }

  /** One number a channel of the residual stream. */
  public Shape perChannel() {
    return Shape.of(D_MODEL, sizes.dModel());
  }

  public Shape queryRows() {
    return Shape.of(QUERIES, queries()).and(D_MODEL, sizes.dModel());
  }

  public Shape keyRows() {
    return Shape.of(KEYS, keys()).and(D_MODEL, sizes.dModel());
  }

  public Shape outputColumns() {
    return Shape.of(D_MODEL, sizes.dModel()).and(QUERIES, queries());
  }

  /** [heads*d_head, …] as [head, …, d_head], whatever axes there are beside. */
  public UnaryOperator<Tensor> queryHeads() {
    return weight -> heads(weight, QUERIES, HEAD, sizes.heads());
  }

  public UnaryOperator<Tensor> keyHeads() {
    return weight -> heads(weight, KEYS, KV_HEAD, sizes.keyValueHeads());
  }

  private Tensor heads(Tensor weight, Dim joined, Dim head, long count) {
    Tensor split = weight.split(joined, Shape.of(head, count).and(D_HEAD, sizes.dHead()));
    return split.has(D_MODEL) ? split.order(head, D_MODEL, D_HEAD) : split;
  }

  /** What heads write, [head, d_head, d_model], of a matrix with their outputs in one axis. */
  public UnaryOperator<Tensor> outputHeads() {
    return weight ->
        weight
            .split(QUERIES, Shape.of(HEAD, sizes.heads()).and(D_HEAD, sizes.dHead()))
            .order(HEAD, D_HEAD, D_MODEL);
  }

  /** The same axes in another order. */
  public static UnaryOperator<Tensor> ordered(Dim... dims) {
    return weight -> weight.order(dims);
  }
}
