package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.Kernels.Layer;
import dev.fresnel.tensor.internal.kernel.Matmul.Product;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Linear layers that read one input, {@code x weight + bias}, with their own gradient rule, by
 * oneDNN's products.
 */
final class TapedLinear {
  private TapedLinear() {}

  /** Whether {@link #of} accepts these operands. */
  static boolean suits(Tensor x, List<Layer> layers) {
    return OneDnnMatmul.reads(x)
        && layers.stream().allMatch(TapedLinear::suits)
        && OneDnnPrimitive.isThere();
  }

  private static boolean suits(Layer layer) {
    var bias = layer.bias();
    return OneDnnMatmul.reads(layer.weight()) && (bias == null || OneDnnPrimitive.reads(bias));
  }

  /** The results, recorded on the tape. */
  static List<Tensor> of(RawTape tape, Linear linear) {
    var x = linear.x();
    var layers = linear.layers();
    var results = Recording.off(() -> results(linear));
    var inputs = new ArrayList<Tensor>();
    inputs.add(x);
    layers.forEach(layer -> inputs.add(layer.weight()));
    layers.stream().map(Layer::bias).filter(Objects::nonNull).forEach(inputs::add);
    var biased = layers.stream().map(layer -> layer.bias() != null).toList();
    tape.record(inputs, results, (in, gradients) -> derivatives(in, gradients, biased));
    return results;
  }

  private static List<Tensor> results(Linear linear) {
    var x = linear.x();
    var layers = linear.layers();
    if (layers.stream().allMatch(one -> OneDnnMatmul.suits(x, one.weight(), one.bias()))) {
      return linear.written();
    }
    var results = new ArrayList<Tensor>();
    for (int i = 0; i < layers.size(); i++) {
      var layer = layers.get(i);
      var bias = layer.bias();
      var result = x.new_empty(linear.shapes().get(i));
      if (bias != null) {
        result.view(-1, bias.numel()).copy_(bias);
      }
      Matmul.add(result, x, layer.weight(), bias == null);
      results.add(result);
    }
    return results;
  }

  /** The derivatives of inputs, layer after layer; null for what is not differentiated by. */
  private static List<@Nullable Tensor> derivatives(
      List<Tensor> inputs, List<Tensor> gradients, List<Boolean> biased) {
    var left = inputs.get(0);
    var ofLeft = left.requires_grad() ? left.new_empty(left.shape()) : null;
    var ofRights = new ArrayList<@Nullable Tensor>();
    var ofBiases = new ArrayList<@Nullable Tensor>();
    for (int i = 0; i < gradients.size(); i++) {
      var right = inputs.get(1 + i);
      var given = gradients.get(i).reshape(Product.rows(left, right), right.size(1));
      var gradient = OneDnnMatmul.reads(given) ? given : given.contiguous();
      if (ofLeft != null) {
        Matmul.add(ofLeft, gradient, right.t(), i == 0);
      }
      var ofRight = right.requires_grad() ? right.new_empty(right.shape()) : null;
      if (ofRight != null) {
        Matmul.add(ofRight, PlainKernels.matrix(left, right).t(), gradient, true);
      }
      ofRights.add(ofRight);
      if (biased.get(i)) {
        var bias = inputs.get(1 + gradients.size() + ofBiases.size());
        ofBiases.add(bias.requires_grad() ? gradient.sum(0) : null);
      }
    }
    var all = new ArrayList<@Nullable Tensor>();
    all.add(ofLeft);
    all.addAll(ofRights);
    all.addAll(ofBiases);
    return all;
  }
}
