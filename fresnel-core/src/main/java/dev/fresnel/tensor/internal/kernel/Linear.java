package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.Kernels.Layer;
import dev.fresnel.tensor.internal.kernel.Matmul.Product;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Linear layers that read one input [rows, summed], as one matrix product each. */
record Linear(Tensor x, List<Layer> layers) {
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
      return TapedLinear.of(tape, x, layers);
    }
    return layers.stream().map(this::alone).toList();
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
    long rows = neurons.size(0);
    Elementwise.inParts(
        Elementwise.count(neurons.numel() / LEAST_NEURONS, rows),
        rows,
        (from, length) -> {
          var part = part(neurons, from, length);
          function.replace(part);
          if (linear != null) {
            part.mul_(part(linear, from, length));
          }
        });
    return neurons;
  }

  /** Some of the rows; all of them need no view. */
  private static Tensor part(Tensor matrix, long from, long rows) {
    return rows == matrix.size(0) ? matrix : matrix.narrow(0, from, rows);
  }

  /**
   * Whether {@link Matmul} should compute a layer: no gradients are recorded, and it is faster than
   * libtorch.
   */
  private boolean isOurs(Layer layer) {
    return !Recording.isOn(x, layer.weight(), layer.bias())
        && (!hasFewRows() || OneDnnMatmul.suits(x, layer.weight(), layer.bias()));
  }

  private boolean hasFewRows() {
    return x.size(0) > 0 && x.size(0) <= FEW_ROWS;
  }

  private List<Product> products() {
    var products = new ArrayList<Product>();
    for (Layer layer : layers) {
      products.add(Product.of(x, layer.weight(), layer.bias()));
    }
    return products;
  }

  private Tensor alone(Layer layer) {
    var weight = layer.weight();
    var bias = layer.bias();
    if (isOurs(layer)) {
      return Matmul.of(x, weight, bias);
    }
    if (hasFewRows()) {
      return rowByRow(x, weight.t(), bias);
    }
    return bias == null ? x.matmul(weight) : bias.addmm(x, weight);
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
