package dev.fresnel.tensor;

import dev.fresnel.tensor.OneDnnKernel.Operand;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A layer norm or RMS norm over the innermost axis by one of oneDNN's kernels, where libtorch takes
 * eight operations. With few rows each of those waits for its code and its numbers, which the
 * weights have pushed out of the cache.
 */
public final class FusedNorm {
  /** Numbers a part: some tens of microseconds. */
  private static final double LEAST = 1 << 15;

  private record Form(
      long rows, long width, boolean centred, float epsilon, boolean scaled, boolean shifted) {}

  private FusedNorm() {}

  /**
   * {@code (x - mean) / sqrt(variance + epsilon) * w + b}, or without centring {@code x / sqrt(mean
   * square + epsilon) * w + b}.
   *
   * @param x float32, with the axis innermost
   * @param w along the axis, or null
   * @param b the same
   * @return in the shape of x; empty where there is no kernel for it: narrow, of another type, on
   *     another device, without oneDNN's natives, or where gradients are recorded
   */
  public static Optional<Tensor> of(
      Tensor x,
      Dim along,
      boolean centred,
      double epsilon,
      @Nullable Tensor w,
      @Nullable Tensor b) {
    boolean innermost = x.shape().index(along) == x.shape().rank() - 1;
    var scale = w == null ? null : w.raw();
    var shift = b == null ? null : b.raw();
    if (!innermost || !suits(x.raw(), scale, shift)) {
      return Optional.empty();
    }
    var result = of(x.raw(), centred, (float) epsilon, scale, shift);
    return Optional.of(new Tensor(result, x.dims()));
  }

  private static boolean suits(
      org.bytedeco.pytorch.Tensor x,
      org.bytedeco.pytorch.@Nullable Tensor w,
      org.bytedeco.pytorch.@Nullable Tensor b) {
    return x.size(-1) >= OneDnnKernel.LEAST_WIDTH
        && x.numel() > 0
        && isSideBySide(x)
        && (w == null || isSideBySide(w))
        && (b == null || isSideBySide(b))
        && !Gradients.areRecorded(x, w, b)
        && OneDnnKernel.isThere();
  }

  private static boolean isSideBySide(org.bytedeco.pytorch.Tensor tensor) {
    return OneDnnKernel.reads(tensor) && tensor.is_contiguous();
  }

  private static org.bytedeco.pytorch.Tensor of(
      org.bytedeco.pytorch.Tensor x,
      boolean centred,
      float epsilon,
      org.bytedeco.pytorch.@Nullable Tensor w,
      org.bytedeco.pytorch.@Nullable Tensor b) {
    long width = x.size(-1);
    var rows = x.view(-1, width);
    var result = torch.empty_like(rows);
    var given = Stream.of(w, b).filter(Objects::nonNull).toList();
    int count = PointsInParts.count(x.numel() / LEAST, rows.size(0));
    PointsInParts.inParts(
        count,
        rows.size(0),
        (from, length) -> {
          var operands = new ArrayList<Pointer>();
          operands.add(rows.narrow(0, from, length).data_ptr());
          operands.add(result.narrow(0, from, length).data_ptr());
          given.forEach(each -> operands.add(each.data_ptr()));
          var form = new Form(length, width, centred, epsilon, w != null, b != null);
          OneDnnKernel.of(form, FusedNorm::kernel).run(operands);
        });
    return result.view(x.shape());
  }

  private static OneDnnKernel kernel(Form form) {
    var matrix = OneDnnKernel.form(new long[] {form.rows, form.width}, form.width, 1);
    var vector = OneDnnKernel.form(new long[] {form.width}, 1);
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
    int flags =
        (form.centred ? 0 : dnnl.dnnl_rms_norm)
            | (form.scaled ? dnnl.dnnl_use_scale : 0)
            | (form.shifted ? dnnl.dnnl_use_shift : 0);
    return new OneDnnKernel(
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
        OneDnnKernel.attributes(List.of()),
        operands);
  }
}
