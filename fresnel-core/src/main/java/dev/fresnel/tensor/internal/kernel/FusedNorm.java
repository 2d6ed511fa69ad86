package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.Kernels.NormForm;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Address;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Operand;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A layer norm or RMS norm over the innermost axis by one oneDNN primitive, where libtorch needs
 * eight operations. With few rows, each of those operations waits for memory, because the weights
 * of the product before it have displaced its code and data from the cache.
 */
final class FusedNorm {
  /** The least numbers per part: a few tens of microseconds. */
  static final double LEAST = 1 << 15;

  private record Form(
      long rows, long width, boolean centred, float epsilon, boolean scaled, boolean shifted) {}

  private FusedNorm() {}

  /**
   * Whether oneDNN computes such a norm: float32, contiguous, wide enough to repay loading oneDNN,
   * on the CPU.
   */
  static boolean suits(Tensor x, @Nullable Tensor scale, @Nullable Tensor shift) {
    return x.size(-1) >= OneDnnPrimitive.LEAST_WIDTH
        && x.numel() > 0
        && isReadable(x)
        && (scale == null || isReadable(scale))
        && (shift == null || isReadable(shift))
        && OneDnnPrimitive.isThere();
  }

  private static boolean isReadable(Tensor tensor) {
    return OneDnnPrimitive.reads(tensor) && tensor.is_contiguous();
  }

  /**
   * Computes what {@link #suits} accepts, without recording it: {@code (x - mean) / sqrt(variance +
   * epsilon) * scale + shift}, or without centring {@code x / sqrt(mean square + epsilon) * scale +
   * shift}.
   */
  static Tensor of(Tensor x, NormForm norm, @Nullable Tensor scale, @Nullable Tensor shift) {
    long width = x.size(-1);
    long rows = x.numel() / width;
    var result = torch.empty_like(x);
    var given = Stream.of(scale, shift).filter(Objects::nonNull).toList();
    int count = Elementwise.count(x.numel() / LEAST, rows);
    Elementwise.inParts(
        count,
        rows,
        (from, length) -> {
          var operands = new ArrayList<Address>();
          operands.add(new Address(x, from * width));
          operands.add(new Address(result, from * width));
          given.forEach(each -> operands.add(Address.of(each)));
          var form =
              new Form(
                  length,
                  width,
                  norm.centred(),
                  (float) norm.epsilon(),
                  scale != null,
                  shift != null);
          OneDnnPrimitive.of(form, FusedNorm::kernel).run(operands);
        });
    return result;
  }

  private static OneDnnPrimitive kernel(Form form) {
    var matrix = OneDnnPrimitive.form(new long[] {form.rows, form.width}, form.width, 1);
    var vector = OneDnnPrimitive.form(new long[] {form.width}, 1);
    var operands =
        new ArrayList<>(
            List.of(
                new Operand(dnnl.DNNL_ARG_SRC, matrix), new Operand(dnnl.DNNL_ARG_DST, matrix)));
    if (form.scaled) {
      operands.add(new Operand(dnnl.DNNL_ARG_SCALE, vector));
    }
    if (form.shifted) {
      operands.add(new Operand(dnnl.DNNL_ARG_SHIFT, vector));
    }
    int flags = flags(form.centred, form.scaled, form.shifted);
    return new OneDnnPrimitive(
        (made, engine, attributes) ->
            dnnl.dnnl_layer_normalization_forward_primitive_desc_create(
                made,
                engine,
                dnnl.dnnl_forward_inference,
                matrix,
                matrix,
                null,
                form.epsilon,
                flags,
                attributes),
        OneDnnPrimitive.attributes(List.of()),
        operands);
  }

  /** How oneDNN is told which norm it is. */
  static int flags(boolean centred, boolean scaled, boolean shifted) {
    return (centred ? 0 : dnnl.dnnl_rms_norm)
        | (scaled ? dnnl.dnnl_use_scale : 0)
        | (shifted ? dnnl.dnnl_use_shift : 0);
  }
}
