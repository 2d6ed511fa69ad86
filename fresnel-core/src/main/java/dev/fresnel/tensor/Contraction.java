package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.ProductInParts.Product;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Products that sum over named axes. */
final class Contraction {
  /** Up to so many rows, one matrix-vector product a row is faster than libtorch's product. */
  private static final int FEW_ROWS = 5;

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

  /**
   * Weights as matrices [summed, kept], the input as [rows, summed]: one product each. Where memory
   * allows it, all are views.
   */
  static List<Tensor> affine(Tensor x, List<Affine> layers, List<Dim> over) {
    List<Dim> rows = x.dims().stream().filter(d -> !over.contains(d)).toList();
    var left = matrix(x, rows, over);
    var rights = new ArrayList<org.bytedeco.pytorch.Tensor>();
    var biases = new ArrayList<org.bytedeco.pytorch.@Nullable Tensor>();
    var shapes = new ArrayList<Shape>();
    for (Affine layer : layers) {
      var weight = layer.weight();
      requireShared(x, weight, over);
      Alignment.requireSameSizes(x, weight);
      List<Dim> kept = weight.dims().stream().filter(d -> !over.contains(d)).toList();
      if (rows.stream().anyMatch(weight::has)) {
        throw new FresnelException(
            "affine() cannot match axes by name: "
                + x.shape()
                + " and "
                + weight.shape()
                + "; use dot");
      }
      rights.add(matrix(weight, over, kept));
      biases.add(layer.bias() == null ? null : layer.bias().order(kept).raw().reshape(-1));
      shapes.add(x.shape().only(rows).and(weight.shape().only(kept)));
    }
    var products = products(left, rights, biases);
    var results = new ArrayList<Tensor>();
    for (int i = 0; i < products.size(); i++) {
      var shape = shapes.get(i);
      results.add(new Tensor(products.get(i).reshape(shape.toArray()), shape.dims()));
    }
    return results;
  }

  static Tensor laidOut(Tensor weight, List<Dim> over) {
    List<Dim> kept = weight.dims().stream().filter(d -> !over.contains(d)).toList();
    if (matrix(weight, over, kept).data_ptr().address() == weight.raw().data_ptr().address()) {
      return weight;
    }
    return Layout.innermost(weight, over);
  }

  private static org.bytedeco.pytorch.Tensor matrix(
      Tensor tensor, List<Dim> rows, List<Dim> columns) {
    var dims = new ArrayList<>(rows);
    dims.addAll(columns);
    return tensor.order(dims).raw().reshape(count(tensor, rows), count(tensor, columns));
  }

  private static long count(Tensor tensor, List<Dim> dims) {
    return dims.stream().mapToLong(tensor::size).reduce(1, Math::multiplyExact);
  }

  private static List<org.bytedeco.pytorch.Tensor> products(
      org.bytedeco.pytorch.Tensor left,
      List<org.bytedeco.pytorch.Tensor> rights,
      List<org.bytedeco.pytorch.@Nullable Tensor> biases) {
    var results = new ArrayList<org.bytedeco.pytorch.Tensor>();
    var together = new ArrayList<Product>();
    for (int i = 0; i < rights.size(); i++) {
      var right = rights.get(i);
      var bias = biases.get(i);
      boolean few = left.size(0) > 0 && left.size(0) <= FEW_ROWS;
      if (!Gradients.areRecorded(left, right, bias) && (!few || OneDnn.suits(left, right, bias))) {
        var product = Product.of(left, right, bias);
        together.add(product);
        results.add(product.result());
      } else if (few) {
        results.add(rowByRow(left, right.t(), bias));
      } else {
        results.add(bias == null ? left.matmul(right) : bias.addmm(left, right));
      }
    }
    if (!together.isEmpty()) {
      ProductInParts.write(together);
    }
    return results;
  }

  private static org.bytedeco.pytorch.Tensor rowByRow(
      org.bytedeco.pytorch.Tensor left,
      org.bytedeco.pytorch.Tensor transposed,
      org.bytedeco.pytorch.@Nullable Tensor bias) {
    try (var results = new TensorVector()) {
      for (long row = 0; row < left.size(0); row++) {
        var vector = left.select(0, row);
        results.push_back(bias == null ? transposed.mv(vector) : bias.addmv(transposed, vector));
      }
      return torch.stack(results, 0);
    }
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
  }
}
