package dev.fresnel.tensor.internal.kernel;

import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Causal attention by libtorch's fused kernel, which stores no matrix of scores. */
final class ScaledDotProduct {
  /** The least multiplications per part: a few tens of microseconds. */
  private static final double LEAST = 500_000;

  private ScaledDotProduct() {}

  /** See {@link Kernels#attend} for the shapes. */
  static Tensor causal(Tensor q, Tensor k, Tensor v, double factor) {
    var keys = PlainKernels.perHead(k, q.size(2));
    var values = PlainKernels.perHead(v, q.size(2));
    var tape = RawTape.recording(q, keys, values);
    var operands = List.of(q, keys, values);
    return tape != null && TapedAttention.suits(operands)
        ? TapedAttention.of(tape, operands, factor)
        : mixed(q.transpose(1, 2), keys.transpose(1, 2), values.transpose(1, 2), factor)
            .transpose(1, 2);
  }

  /** Operands are [batch, head, pos, features]; the work is split by heads. */
  private static Tensor mixed(Tensor q, Tensor k, Tensor v, double factor) {
    double multiplications = 2.0 * q.numel() * k.size(2);
    int count = Recording.isOn(q, k, v) ? 1 : Elementwise.count(multiplications / LEAST, q.size(1));
    if (count == 1) {
      return whole(q, k, v, factor);
    }
    var result = q.new_empty(q.size(0), q.size(1), q.size(2), v.size(3));
    Elementwise.inParts(
        count,
        q.size(1),
        (from, length) ->
            result
                .narrow(1, from, length)
                .copy_(
                    whole(
                        q.narrow(1, from, length),
                        k.narrow(1, from, length),
                        v.narrow(1, from, length),
                        factor)));
    return result;
  }

  private static Tensor whole(Tensor q, Tensor k, Tensor v, double factor) {
    return torch.scaled_dot_product_attention(
        q, k, v, new TensorOptional(), 0.0, true, new DoubleOptional(factor), false);
  }
}
