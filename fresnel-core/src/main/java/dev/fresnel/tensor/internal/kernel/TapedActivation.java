package dev.fresnel.tensor.internal.kernel;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * An MLP's activation function and, in a gated MLP, the product behind it, with their own gradient
 * rule: split among the cores, where libtorch's gradients take one.
 */
final class TapedActivation {
  private TapedActivation() {}

  /**
   * {@code function(x)}, multiplied by the linear part if there is one, recorded on the tape.
   *
   * @param function is element by element
   * @param x [.., neurons]
   */
  static Tensor of(RawTape tape, ActivationFunction function, Tensor x, @Nullable Tensor linear) {
    var inputs = linear == null ? List.of(x) : List.of(x, linear);
    var result = Recording.off(() -> forward(function, x, linear));
    tape.record(
        inputs, List.of(result), (in, gradients) -> derivatives(function, in, gradients.get(0)));
    return result;
  }

  private static Tensor forward(ActivationFunction function, Tensor x, @Nullable Tensor linear) {
    var result = x.new_empty(x.sizes());
    Linear.inParts(
        x,
        rows(x),
        (from, length) -> {
          var to = part(result, from, length);
          to.copy_(part(x, from, length));
          function.replace(to);
          if (linear != null) {
            to.mul_(part(linear, from, length));
          }
        });
    return result;
  }

  private static List<Tensor> derivatives(
      ActivationFunction function, List<Tensor> inputs, Tensor gradient) {
    var x = inputs.get(0);
    var linear = inputs.size() > 1 ? inputs.get(1) : null;
    var toX = x.new_empty(x.sizes());
    var toLinear = x.new_empty(x.sizes());
    Linear.inParts(
        x,
        rows(x),
        (from, length) -> {
          var input = part(x, from, length);
          var given = part(gradient, from, length);
          var to = part(toX, from, length);
          if (linear == null) {
            function.derive(to, given, input);
            return;
          }
          torch.mul_out(to, given, part(linear, from, length));
          function.derive(to, to, input);
          var other = part(toLinear, from, length);
          other.copy_(input);
          function.replace(other);
          other.mul_(given);
        });
    var all = new ArrayList<>(List.of(toX));
    if (linear != null) {
      all.add(toLinear);
    }
    return all;
  }

  private static long rows(Tensor x) {
    return x.numel() / Math.max(1, x.size(-1));
  }

  private static Tensor part(Tensor x, long from, long length) {
    return Linear.part(x, rows(x), from, length);
  }
}
