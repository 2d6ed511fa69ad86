package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import org.bytedeco.pytorch.global.torch;

/** Brings two tensors to one order of axes, by their names. */
final class Alignment {
  private Alignment() {}

  static Tensor combine(
      Tensor a,
      Tensor b,
      BinaryOperator<org.bytedeco.pytorch.Tensor> whole,
      PointsInParts.Into into) {
    requireSameSizes(a, b);
    var dims = new ArrayList<>(a.dims());
    b.dims().stream().filter(dim -> !a.has(dim)).forEach(dims::add);
    long[] sizes = dims.stream().mapToLong(dim -> (a.has(dim) ? a : b).size(dim)).toArray();
    return new Tensor(
        PointsInParts.binary(sizes, spread(a, dims), spread(b, dims), whole, into), dims);
  }

  static Tensor timesPlus(Tensor a, Tensor factor, List<Tensor> added, List<Dim> innermost) {
    var by = within(a, factor);
    if (innermost.isEmpty() && added.isEmpty()) {
      return new Tensor(a.raw().mul(by), a.dims());
    }
    var first = added.isEmpty() ? a.raw().new_zeros(1) : within(a, added.get(0));
    var result = innermost.isEmpty() ? first.addcmul(a.raw(), by) : Layout.emptyLike(a, innermost);
    if (!innermost.isEmpty()) {
      torch.addcmul_out(result, first, a.raw(), by);
    }
    added.stream().skip(1).forEach(more -> result.add_(within(a, more)));
    return new Tensor(result, a.dims());
  }

  /** A part as it meets the whole: its axes in order, of size 1 where it has none. */
  static org.bytedeco.pytorch.Tensor within(Tensor whole, Tensor part) {
    requireSameSizes(whole, part);
    if (!whole.dims().containsAll(part.dims())) {
      throw new FresnelException(part.shape() + " has an axis that " + whole.shape() + " lacks");
    }
    return spread(part, whole.dims());
  }

  /** The part with missing axes repeated, in the order of the shape. */
  static Tensor toShape(Tensor part, Shape shape) {
    for (Dim dim : part.dims()) {
      if (!shape.has(dim) || shape.size(dim) != part.size(dim)) {
        throw new FresnelException("a part of " + part.shape() + " does not fit into " + shape);
      }
    }
    return new Tensor(spread(part, shape.dims()).expand(shape.toArray()), shape.dims());
  }

  static void requireSameSizes(Tensor a, Tensor b) {
    for (Dim dim : a.dims()) {
      if (b.has(dim) && a.size(dim) != b.size(dim)) {
        throw new FresnelException(
            "dimension "
                + dim
                + " is "
                + a.size(dim)
                + " on one side and "
                + b.size(dim)
                + " on the other: "
                + a.shape()
                + " and "
                + b.shape());
      }
    }
  }

  /** libtorch's tensor with these axes in this order, of size 1 where the tensor has none. */
  private static org.bytedeco.pytorch.Tensor spread(Tensor tensor, List<Dim> dims) {
    if (tensor.dims().equals(dims)) {
      return tensor.raw();
    }
    var own = new ArrayList<Dim>(dims);
    own.retainAll(tensor.dims());
    var raw = tensor.order(own).raw();
    boolean suffix = dims.subList(dims.size() - own.size(), dims.size()).equals(own);
    if (suffix) {
      return raw;
    }
    for (int i = 0; i < dims.size(); i++) {
      if (!tensor.has(dims.get(i))) {
        raw = raw.unsqueeze(i);
      }
    }
    return raw;
  }
}
