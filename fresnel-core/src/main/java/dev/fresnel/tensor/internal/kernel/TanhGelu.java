package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Address;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Operand;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.PostOp;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * GELU by GPT-2's formula, {@code x (1 + tanh(u)) / 2} with {@code u = sqrt(2/π) (x + 0.044715
 * x³)}. It is computed as {@code x σ(2 u)}, which is the same number: exponentials are several
 * times faster than a tanh, in oneDNN and in libtorch.
 *
 * @param count how many numbers there are
 */
record TanhGelu(long count) {
  /** {@code 2 sqrt(2/π)}, which multiplies {@code x} in {@code 2 u}. */
  private static final float LINEAR = (float) (2 * Math.sqrt(2 / Math.PI));

  /** What multiplies {@code x³} in {@code 2 u}. */
  private static final float CUBIC = (float) (2 * Math.sqrt(2 / Math.PI) * 0.044715);

  /** The least neurons of an MLP for which oneDNN is loaded: those of a model that uses it. */
  private static final long LEAST_NEURONS = 4 * OneDnnPrimitive.LEAST_WIDTH;

  /** Writes the function's values. The result may be the input. */
  static void write(Tensor to, Tensor from) {
    if (!suits(from) || !suits(to)) {
      torch.gelu_out(to, from, "tanh");
      return;
    }
    var form = new TanhGelu(from.numel());
    var read = Address.of(from);
    OneDnnPrimitive.of(form, TanhGelu::primitive)
        .run(List.of(read, read, Address.of(to), read, read));
  }

  static void replace(Tensor numbers) {
    write(numbers, numbers);
  }

  /** oneDNN's fast code is for numbers that lie side by side. */
  private static boolean suits(Tensor x) {
    return x.size(-1) >= LEAST_NEURONS
        && x.numel() > 0
        && x.is_contiguous()
        && OneDnnPrimitive.reads(x)
        && OneDnnPrimitive.isThere();
  }

  /** {@code x x}, then {@code CUBIC . + LINEAR}, times {@code x}, σ, times {@code x}. */
  private OneDnnPrimitive primitive() {
    var numbers = OneDnnPrimitive.form(new long[] {1, count}, count, 1);
    var operands =
        new ArrayList<>(
            List.of(
                new Operand(dnnl.DNNL_ARG_SRC_0, numbers),
                new Operand(dnnl.DNNL_ARG_SRC_1, numbers),
                new Operand(dnnl.DNNL_ARG_DST, numbers),
                OneDnnPrimitive.postOpOperand(1, numbers),
                OneDnnPrimitive.postOpOperand(3, numbers)));
    List<PostOp> postOps =
        List.of(
            list ->
                dnnl.dnnl_post_ops_append_eltwise(list, dnnl.dnnl_eltwise_linear, CUBIC, LINEAR),
            times(numbers),
            list -> dnnl.dnnl_post_ops_append_eltwise(list, dnnl.dnnl_eltwise_logistic, 0, 0),
            times(numbers));
    return new OneDnnPrimitive(
        (made, engine, attributes) ->
            dnnl.dnnl_binary_primitive_desc_create(
                made, engine, dnnl.dnnl_binary_mul, numbers, numbers, numbers, attributes),
        OneDnnPrimitive.attributes(postOps),
        operands);
  }

  private static PostOp times(dnnl_memory_desc numbers) {
    return list -> dnnl.dnnl_post_ops_append_binary(list, dnnl.dnnl_binary_mul, numbers);
  }
}
