package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.Kernels.Layer;
import dev.fresnel.tensor.internal.kernel.Matmul.Product;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Linear layers that read one input, as one matrix product each.
 *
 * @param x [rows, summed], or contiguous in any shape
 * @param shapes of the results
 */
record Linear(Tensor x, List<Layer> layers, List<long[]> shapes) {
  /**
   * Up to this many rows, one matrix-vector product per row is faster than libtorch's matrix
   * product.
   */
  private static final int FEW_ROWS = 5;

  /** The least neurons per part: some twenty microseconds. */
  private static final double LEAST_NEURONS = 1 << 14;

  List<Tensor> results() {
    if (layers.stream().allMatch(this::isOurs)) {
      return written();
    }
    var tape = RawTape.recording(x);
    if (tape != null && TapedLinear.suits(x, layers)) {
      return TapedLinear.of(tape, this);
    }
    return IntStream.range(0, layers.size()).mapToObj(this::alone).toList();
  }

  /** The results by {@link Matmul}, which records nothing. */
  List<Tensor> written() {
    var products = products();
    Matmul.write(products);
    return products.stream().map(Product::result).toList();
  }

  /**
   * {@code function(first)}, multiplied by the second layer's result if there is one: in place, in
   * one pass over the products.
   *
   * @return null if libtorch has to compute one of the products
   */
  @Nullable Tensor activated(ActivationFunction function) {
    if (!layers.stream().allMatch(this::isOurs)) {
      return null;
    }
    var written = written();
    Tensor neurons = written.get(0);
    Tensor linear = written.size() > 1 ? written.get(1) : null;
    if (linear != null && function == ActivationFunction.SILU && FewNumbers.are(neurons, linear)) {
      FewNumbers.siluTimes(neurons, linear);
      return neurons;
    }
    long rows = rows(layers.get(0));
    inParts(
        neurons,
        rows,
        (from, length) -> {
          var part = part(neurons, rows, from, length);
          function.replace(part);
          if (linear != null) {
            part.mul_(part(linear, rows, from, length));
          }
        });
    return neurons;
  }

  /** Splits rows of neurons into parts that are computed in parallel. */
  static void inParts(Tensor neurons, long rows, Elementwise.RangeWork work) {
    Elementwise.inParts(Elementwise.count(neurons.numel() / LEAST_NEURONS, rows), rows, work);
  }

  /** Some of the rows; all of them need no view. */
  static Tensor part(Tensor results, long rows, long from, long length) {
    return length == rows ? results : results.reshape(rows, -1).narrow(0, from, length);
  }

  /**
   * Whether {@link Matmul} should compute a layer: no gradients are recorded, and it is faster than
   * libtorch.
   */
  private boolean isOurs(Layer layer) {
    return !Recording.isOn(x, layer.weight(), layer.bias())
        && (!hasFewRows(layer) || OneDnnMatmul.suits(x, layer.weight(), layer.bias()));
  }

  private boolean hasFewRows(Layer layer) {
    return rows(layer) > 0 && rows(layer) <= FEW_ROWS;
  }

  private long rows(Layer layer) {
    return Product.rows(x, layer.weight());
  }

  private List<Product> products() {
    var products = new ArrayList<Product>();
    for (int i = 0; i < layers.size(); i++) {
      var layer = layers.get(i);
      products.add(new Product(x.new_empty(shapes.get(i)), x, layer.weight(), layer.bias()));
    }
    return products;
  }

  private Tensor alone(int index) {
    return product(layers.get(index)).reshape(shapes.get(index));
  }

  private Tensor product(Layer layer) {
    var weight = layer.weight();
    var bias = layer.bias();
    if (isOurs(layer)) {
      return Matmul.of(x, weight, bias);
    }
    return hasFewRows(layer)
        ? rowByRow(PlainKernels.matrix(x, weight), weight.t(), bias)
        : PlainKernels.product(x, layer);
  }

  private static Tensor rowByRow(Tensor x, Tensor transposed, @Nullable Tensor bias) {
    try (var results = new TensorVector()) {
      for (long row = 0; row < x.size(0); row++) {
        var vector = x.select(0, row);
        results.push_back(bias == null ? transposed.mv(vector) : bias.addmv(transposed, vector));
      }
      return torch.stack(results, 0);
    }
  }
}
