package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.internal.kernel.Elementwise;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.ArrayList;
import java.util.List;

/** Products that sum over named axes. */
final class Contraction {
  private Contraction() {}

  static Tensor dot(Tensor a, Tensor b, List<Dim> over) {
    requireShared(a, b, over);
    a.shape().requireAgrees(b.shape());
    var dims = new ArrayList<Dim>();
    a.dims().stream().filter(d -> b.has(d) && !over.contains(d)).forEach(dims::add);
    a.dims().stream().filter(d -> !b.has(d)).forEach(dims::add);
    b.dims().stream().filter(d -> !a.has(d)).forEach(dims::add);
    List<Dim> matched = dims.stream().filter(d -> a.has(d) && b.has(d)).toList();
    long[] sizes = dims.stream().mapToLong(d -> (a.has(d) ? a : b).size(d)).toArray();
    boolean byVector = over.size() == 1 && matched.isEmpty() && !dims.isEmpty();
    try (var use = Use.open()) {
      if (byVector && b.dims().size() == 1) {
        return new Tensor(byVector(a, dims, sizes, b), dims);
      }
      if (byVector && a.dims().size() == 1) {
        return new Tensor(byVector(b, dims, sizes, a), dims);
      }
      var left = stack(a, matched, dims.stream().filter(d -> !b.has(d)).toList(), over);
      var right = stack(b, matched, over, dims.stream().filter(d -> !a.has(d)).toList());
      return new Tensor(Elementwise.products(left, right).reshape(sizes), dims);
    } catch (RuntimeException e) {
      throw Refused.by(e, "dot", a, b);
    }
  }

  /** The products of a tensor's rows with a vector: fewer views than as products of matrices. */
  private static org.bytedeco.pytorch.Tensor byVector(
      Tensor tensor, List<Dim> rows, long[] sizes, Tensor vector) {
    var dims = new ArrayList<>(rows);
    dims.addAll(vector.dims());
    var raw = tensor.order(dims).raw();
    return rows.size() == 1
        ? raw.mv(vector.raw())
        : raw.reshape(count(tensor, rows), vector.raw().size(0)).mv(vector.raw()).reshape(sizes);
  }

  /** The tensor as a batch of matrices, one for each index of the matched axes. */
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

  private static long count(Tensor tensor, List<Dim> dims) {
    return dims.stream().mapToLong(tensor::size).reduce(1, Math::multiplyExact);
  }

  private static void requireShared(Tensor a, Tensor b, List<Dim> over) {
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
    a.shape().requireOnce(over);
  }
}
