package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.ProductInParts.Product;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Layers that read one tensor, each a matrix product: weights as [summed, kept], the input as
 * [rows, summed]. Where memory allows it, all are views.
 */
final class AffineProducts {
  /** Up to so many rows, one matrix-vector product a row is faster than libtorch's product. */
  private static final int FEW_ROWS = 5;

  private final org.bytedeco.pytorch.Tensor left;
  private final List<org.bytedeco.pytorch.Tensor> rights = new ArrayList<>();
  private final List<org.bytedeco.pytorch.@Nullable Tensor> biases = new ArrayList<>();
  private final List<Shape> shapes = new ArrayList<>();

  private AffineProducts(Tensor x, List<Affine> layers, List<Dim> over) {
    List<Dim> rows = x.dims().stream().filter(d -> !over.contains(d)).toList();
    left = Contraction.matrix(x, rows, over);
    for (Affine layer : layers) {
      var weight = layer.weight();
      Contraction.requireShared(x, weight, over);
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
      rights.add(Contraction.matrix(weight, over, kept));
      biases.add(layer.bias() == null ? null : layer.bias().order(kept).raw().reshape(-1));
      shapes.add(x.shape().only(rows).and(weight.shape().only(kept)));
    }
  }

  static List<Tensor> each(Tensor x, List<Affine> layers, List<Dim> over) {
    var all = new AffineProducts(x, layers, over);
    if (all.areOurs()) {
      var products = all.products();
      ProductInParts.write(products);
      return all.named(products.stream().map(Product::result).toList());
    }
    Tape tape = Tape.recording(all.left);
    if (tape != null && TapedAffine.suits(all.left, all.rights, all.biases)) {
      return all.named(TapedAffine.of(tape, all.left, all.rights, all.biases));
    }
    return all.named(IntStream.range(0, layers.size()).mapToObj(all::alone).toList());
  }

  static Tensor curved(
      Tensor x, Affine first, Curve curve, @Nullable Affine factor, List<Dim> over) {
    var layers = factor == null ? List.of(first) : List.of(first, factor);
    var all = new AffineProducts(x, layers, over);
    if (!all.areOurs()) {
      var results = each(x, layers, over);
      Tensor curved = curve.of(results.get(0));
      return factor == null ? curved : curved.times(results.get(1));
    }
    var products = all.products();
    var curved = products.get(0).result();
    products.set(0, products.get(0).then(curve, null));
    if (factor != null) {
      products.set(1, products.get(1).then(null, curved));
    }
    ProductInParts.write(products);
    int last = products.size() - 1;
    return all.named(products.get(last).result(), last);
  }

  private boolean areOurs() {
    return IntStream.range(0, rights.size()).allMatch(this::isOurs);
  }

  /** Whether no gradients are recorded, and we are the faster. */
  private boolean isOurs(int index) {
    var right = rights.get(index);
    var bias = biases.get(index);
    return !Gradients.areRecorded(left, right, bias)
        && (!hasFewRows() || OneDnn.suits(left, right, bias));
  }

  private boolean hasFewRows() {
    return left.size(0) > 0 && left.size(0) <= FEW_ROWS;
  }

  private List<Product> products() {
    var products = new ArrayList<Product>();
    for (int i = 0; i < rights.size(); i++) {
      products.add(Product.of(left, rights.get(i), biases.get(i)));
    }
    return products;
  }

  private org.bytedeco.pytorch.Tensor alone(int index) {
    var right = rights.get(index);
    var bias = biases.get(index);
    if (isOurs(index)) {
      return ProductInParts.of(left, right, bias);
    }
    if (hasFewRows()) {
      return rowByRow(left, right.t(), bias);
    }
    return bias == null ? left.matmul(right) : bias.addmm(left, right);
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

  private List<Tensor> named(List<org.bytedeco.pytorch.Tensor> results) {
    return IntStream.range(0, results.size()).mapToObj(i -> named(results.get(i), i)).toList();
  }

  private Tensor named(org.bytedeco.pytorch.Tensor result, int index) {
    var shape = shapes.get(index);
    return new Tensor(result.reshape(shape.toArray()), shape.dims());
  }
}
