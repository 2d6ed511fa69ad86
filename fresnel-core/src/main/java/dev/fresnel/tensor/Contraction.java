package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.internal.kernel.Elementwise;
import dev.fresnel.tensor.internal.kernel.MatrixVector;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.ArrayList;
import java.util.List;

/** Products that sum over named axes. */
final class Contraction {
  private Contraction() {}

  static Tensor dot(Tensor a, Tensor b, List<Dim> over) {
    requireShared(a, b, over);
    a.shape().requireAgrees(b.shape());
    var matched = axes(a, b, true);
    matched.removeAll(over);
    var rows = axes(a, b, false);
    var columns = axes(b, a, false);
    var dims = new ArrayList<>(matched);
    dims.addAll(rows);
    dims.addAll(columns);
    var sizes = new long[dims.size()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = (i < dims.size() - columns.size() ? a : b).size(dims.get(i));
    }
    boolean ofNumbers = !matched.isEmpty() && rows.isEmpty() && columns.isEmpty();
    if (ofNumbers && a.dtype().isFloatingPoint() && a.dtype() == b.dtype()) {
      return a.times(b).sum(over.toArray(Dim[]::new)); // many products of one row and one column
    }
    boolean byVector = over.size() == 1 && matched.isEmpty();
    try (var use = Use.open()) {
      if (byVector && dims.isEmpty()) {
        return new Tensor(a.raw().dot(b.raw()), dims);
      }
      if (byVector && b.dims().size() == 1) {
        return new Tensor(byVector(a, dims, sizes, b), dims);
      }
      if (byVector && a.dims().size() == 1) {
        return new Tensor(byVector(b, dims, sizes, a), dims);
      }
      if (over.size() == 1 && matched.size() == 1 && rows.size() + columns.size() == 1) {
        return new Tensor(byVectors(a, b, matched, over), dims);
      }
      var left = stack(a, matched, rows, over);
      var right = stack(b, matched, over, columns);
      return new Tensor(Elementwise.products(left, right).reshape(sizes), dims);
    } catch (RuntimeException e) {
      throw Refused.by(e, "dot", a, b);
    }
  }

  /** The axes of a tensor that another one has too, or those that it lacks. */
  private static List<Dim> axes(Tensor tensor, Tensor other, boolean shared) {
    var axes = new ArrayList<Dim>();
    for (Dim dim : tensor.dims()) {
      if (other.has(dim) == shared) {
        axes.add(dim);
      }
    }
    return axes;
  }

  /** The products of a tensor's rows with a vector: fewer views than as products of matrices. */
  private static org.bytedeco.pytorch.Tensor byVector(
      Tensor tensor, List<Dim> rows, long[] sizes, Tensor vector) {
    var dims = new ArrayList<>(rows);
    dims.addAll(vector.dims());
    var raw = tensor.order(dims).raw();
    return rows.size() == 1
        ? MatrixVector.product(raw, vector.raw())
        : MatrixVector.product(raw.reshape(count(tensor, rows), vector.raw().size(0)), vector.raw())
            .reshape(sizes);
  }

  /** A matrix for each index of a matched axis, times a vector for each. */
  private static org.bytedeco.pytorch.Tensor byVectors(
      Tensor a, Tensor b, List<Dim> matched, List<Dim> over) {
    boolean isMatrix = a.dims().size() > b.dims().size();
    var matrices = isMatrix ? a : b;
    var vectors = isMatrix ? b : a;
    var dims = new ArrayList<>(matched);
    dims.addAll(axes(matrices, vectors, false));
    dims.addAll(over);
    return MatrixVector.products(
        matrices.order(dims).raw(), vectors.order(dims.get(0), dims.get(2)).raw());
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
    long count = 1;
    for (Dim dim : dims) {
      count = Math.multiplyExact(count, tensor.size(dim));
    }
    return count;
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
