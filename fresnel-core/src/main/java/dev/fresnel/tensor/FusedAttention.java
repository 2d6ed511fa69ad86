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
  /** Multiplications a part: some tens of microseconds. */
  private static final double LEAST = 500_000;

  private FusedAttention() {}

  static Tensor causal(
      Tensor q, Tensor k, Tensor v, Dim query, Dim key, Dim features, double factor) {
    List<Dim> outer =
        q.dims().stream().filter(d -> !d.equals(query) && !d.equals(features)).toList();
    Tape tape = Tape.recording(q.raw(), k.raw(), v.raw());
    if (tape != null && outer.size() == 2) {
      var operands =
          List.of(
              members(q, outer, query, features),
              members(k, outer, key, features),
              members(v, outer, key, features));
      if (TapedAttention.suits(operands)) {
        var mixed = TapedAttention.of(tape, operands, factor);
        return new Tensor(mixed, List.of(outer.get(0), query, outer.get(1), features))
            .order(dims(outer, query, features));
      }
    }
    var queries = ordered(q, outer, query, features);
    var keys = ordered(k, outer, key, features);
    var values = ordered(v, outer, key, features);
    var dims = dims(outer, query, features);
    double multiplications = 2.0 * q.shape().count() * k.size(key);
    int cut = outer.size() - 1;
    int count =
        cut < 0 || Gradients.areRecorded(queries, keys, values)
            ? 1
            : PointsInParts.count(multiplications / LEAST, queries.size(cut));
    if (count == 1) {
      return new Tensor(mixed(queries, keys, values, factor), dims);
    }
    var result =
        queries.new_empty(
            dims.stream().mapToLong(dim -> v.has(dim) ? v.size(dim) : q.size(dim)).toArray());
    PointsInParts.inParts(
        count,
        queries.size(cut),
        (from, length) ->
            result
                .narrow(cut, from, length)
                .copy_(
                    mixed(
                        queries.narrow(cut, from, length),
                        keys.narrow(cut, from, length),
                        values.narrow(cut, from, length),
                        factor)));
    return new Tensor(result, dims);
  }

  private static org.bytedeco.pytorch.Tensor mixed(
      org.bytedeco.pytorch.Tensor queries,
      org.bytedeco.pytorch.Tensor keys,
      org.bytedeco.pytorch.Tensor values,
      double factor) {
    return torch.scaled_dot_product_attention(
        queries, keys, values, new TensorOptional(), 0.0, true, new DoubleOptional(factor), false);
  }

  private static org.bytedeco.pytorch.Tensor ordered(
      Tensor t, List<Dim> outer, Dim row, Dim column) {
    return t.order(dims(outer, row, column)).raw();
  }

  private static org.bytedeco.pytorch.Tensor members(
      Tensor t, List<Dim> outer, Dim row, Dim column) {
    return t.order(outer.get(0), row, outer.get(1), column).raw();
  }

  private static List<Dim> dims(List<Dim> outer, Dim row, Dim column) {
    var dims = new java.util.ArrayList<>(outer);
    dims.add(row);
    dims.add(column);
    return dims;
  }
}
