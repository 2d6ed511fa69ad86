package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.global.torch;

/** Products that sum over named axes. */
final class Contraction {
  /** Multiplications a part of several products: some tens of microseconds. */
  private static final double LEAST_A_PART = 1e6;

  private Contraction() {}

  static Tensor dot(Tensor a, Tensor b, List<Dim> over) {
    requireShared(a, b, over);
    Alignment.requireSameSizes(a, b);
    var dims = new ArrayList<Dim>();
    a.dims().stream().filter(d -> b.has(d) && !over.contains(d)).forEach(dims::add);
    a.dims().stream().filter(d -> !b.has(d)).forEach(dims::add);
    b.dims().stream().filter(d -> !a.has(d)).forEach(dims::add);
    List<Dim> matched = dims.stream().filter(d -> a.has(d) && b.has(d)).toList();
    var left = stack(a, matched, dims.stream().filter(d -> !b.has(d)).toList(), over);
    var right = stack(b, matched, over, dims.stream().filter(d -> !a.has(d)).toList());
    long[] sizes = dims.stream().mapToLong(d -> (a.has(d) ? a : b).size(d)).toArray();
    return new Tensor(products(left, right).reshape(sizes), dims);
  }

  /** A matrix product for each pair, some of them on each core. */
  private static org.bytedeco.pytorch.Tensor products(
      org.bytedeco.pytorch.Tensor left, org.bytedeco.pytorch.Tensor right) {
    long pairs = left.size(0);
    double multiplications = (double) left.numel() * right.size(2);
    int count = PointsInParts.count(multiplications / LEAST_A_PART, pairs);
    if (count == 1 || Gradients.areRecorded(left, right)) {
      return left.bmm(right);
    }
    var result = left.new_empty(pairs, left.size(1), right.size(2));
    PointsInParts.inParts(
        count,
        pairs,
        (from, length) ->
            torch.bmm_out(
                result.narrow(0, from, length),
                left.narrow(0, from, length),
                right.narrow(0, from, length)));
    return result;
  }

  /** Matrices, one for each index of the axes that are matched. */
  private static org.bytedeco.pytorch.Tensor stack(
      Tensor tensor, List<Dim> matched, List<Dim> rows, List<Dim> columns) {
    var dims = new ArrayList<>(matched);
    dims.addAll(rows);
    dims.addAll(columns);
    return tensor
        .order(dims)
        .raw()
        .reshape(count(tensor, matched), count(tensor, rows), count(tensor, columns));
  }

  static Tensor laidOut(Tensor weight, List<Dim> over) {
    List<Dim> kept = weight.dims().stream().filter(d -> !over.contains(d)).toList();
    if (matrix(weight, over, kept).data_ptr().address() == weight.raw().data_ptr().address()) {
      return weight;
    }
    return Layout.innermost(weight, over);
  }

  static org.bytedeco.pytorch.Tensor matrix(Tensor tensor, List<Dim> rows, List<Dim> columns) {
    var dims = new ArrayList<>(rows);
    dims.addAll(columns);
    return tensor.order(dims).raw().reshape(count(tensor, rows), count(tensor, columns));
  }

  private static long count(Tensor tensor, List<Dim> dims) {
    return dims.stream().mapToLong(tensor::size).reduce(1, Math::multiplyExact);
  }

  static void requireShared(Tensor a, Tensor b, List<Dim> over) {
    if (over.isEmpty()) {
      throw new FresnelException("name the dimension to sum over");
    }
    for (Dim dim : over) {
      if (!a.has(dim) || !b.has(dim)) {
        throw new FresnelException(
            "cannot sum over "
                + dim
                + ": both sides need it, got "
                + a.shape()
                + " and "
                + b.shape());
      }
    }
  }
}
