package dev.fresnel.tensor;

import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Softmax of scaled, causally masked products times values, in one kernel that keeps no matrix of
 * scores.
 */
final class FusedAttention {
  private FusedAttention() {}

  static Tensor causal(
      Tensor q, Tensor k, Tensor v, Dim query, Dim key, Dim features, double factor) {
    List<Dim> outer =
        q.dims().stream().filter(d -> !d.equals(query) && !d.equals(features)).toList();
    var raw =
        torch.scaled_dot_product_attention(
            ordered(q, outer, query, features),
            ordered(k, outer, key, features),
            ordered(v, outer, key, features),
            new TensorOptional(),
            0.0,
            true,
            new DoubleOptional(factor),
            false);
    return new Tensor(raw, dims(outer, query, features));
  }

  private static org.bytedeco.pytorch.Tensor ordered(
      Tensor t, List<Dim> outer, Dim row, Dim column) {
    return t.order(dims(outer, row, column)).raw();
  }

  private static List<Dim> dims(List<Dim> outer, Dim row, Dim column) {
    var dims = new java.util.ArrayList<>(outer);
    dims.add(row);
    dims.add(column);
    return dims;
  }
}
