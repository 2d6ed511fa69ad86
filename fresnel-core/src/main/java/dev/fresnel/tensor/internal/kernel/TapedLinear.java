package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.Kernels.Layer;
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
  static List<Tensor> of(RawTape tape, Tensor x, List<Layer> layers) {
    var results = Recording.off(() -> results(x, layers));
    var inputs = new ArrayList<Tensor>();
    inputs.add(x);
    layers.forEach(layer -> inputs.add(layer.weight()));
    layers.stream().map(Layer::bias).filter(Objects::nonNull).forEach(inputs::add);
    var biased = layers.stream().map(layer -> layer.bias() != null).toList();
    tape.record(inputs, results, (in, gradients) -> derivatives(in, gradients, biased));
    return results;
  }

  private static List<Tensor> results(Tensor x, List<Layer> layers) {
    if (layers.stream().allMatch(one -> OneDnnMatmul.suits(x, one.weight(), one.bias()))) {
      return new Linear(x, layers).written();
    }
    var results = new ArrayList<Tensor>();
    for (Layer layer : layers) {
      var bias = layer.bias();
      var result = x.new_empty(x.size(0), layer.weight().size(1));
      if (bias != null) {
        result.copy_(bias.expand(result.sizes()));
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
      var gradient =
          OneDnnMatmul.reads(gradients.get(i)) ? gradients.get(i) : gradients.get(i).contiguous();
      if (ofLeft != null) {
        Matmul.add(ofLeft, gradient, right.t(), i == 0);
      }
      var ofRight = right.requires_grad() ? right.new_empty(right.shape()) : null;
      if (ofRight != null) {
        Matmul.add(ofRight, left.t(), gradient, true);
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
