package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.Kernels.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;

/**
 * Linear layers that read one input and know their own derivatives, by oneDNN's products: each
 * result is {@code x weight + bias}.
 */
final class TapedLinear {
  private TapedLinear() {}

  /** Whether {@link #of} takes these. */
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
    tape.note(inputs, results, (in, slopes) -> derivatives(in, slopes, biased));
    return results;
  }

  private static List<Tensor> results(Tensor x, List<Layer> layers) {
    var results = new ArrayList<Tensor>();
    for (Layer layer : layers) {
      var bias = layer.bias();
      var result = x.new_empty(x.size(0), layer.weight().size(1));
      if (bias != null) {
        result.copy_(bias.expand(result.sizes()));
      }
      OneDnnMatmul.addProduct(result, x, layer.weight(), bias == null);
      results.add(result);
    }
    return results;
  }

  private static List<Tensor> derivatives(
      List<Tensor> inputs, List<Tensor> slopes, List<Boolean> biased) {
    var left = inputs.get(0);
    var toLeft = left.new_empty(left.shape());
    var toRights = new ArrayList<Tensor>();
    var toBiases = new ArrayList<Tensor>();
    for (int i = 0; i < slopes.size(); i++) {
      var right = inputs.get(1 + i);
      var slope = OneDnnMatmul.reads(slopes.get(i)) ? slopes.get(i) : slopes.get(i).contiguous();
      OneDnnMatmul.addProduct(toLeft, slope, right.t(), i == 0);
      var toRight = right.new_empty(right.shape());
      OneDnnMatmul.addProduct(toRight, left.t(), slope, true);
      toRights.add(toRight);
      if (biased.get(i)) {
        toBiases.add(slope.sum(0));
      }
    }
    var all = new ArrayList<>(List.of(toLeft));
    all.addAll(toRights);
    all.addAll(toBiases);
    return all;
  }
}
