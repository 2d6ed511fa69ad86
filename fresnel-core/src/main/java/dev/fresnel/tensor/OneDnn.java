package dev.fresnel.tensor;

import dev.fresnel.tensor.OneDnnKernel.Operand;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products by oneDNN, on the caller's thread alone. Where a matrix of weights meets few rows
 * it is faster than OpenBLAS, which copies the weights into an order of its own first.
 *
 * <p>Weights that lie transposed (one column's numbers side by side) are read as they are, by a
 * kernel that is made for each form of product; others go through sgemm.
 */
final class OneDnn {
  /** Fewer numbers than this in the weights, and what it takes to load oneDNN is not won back. */
  private static final long LEAST_WEIGHTS = 100_000;

  /**
   * With so few rows sgemm reads weights as fast as memory gives them, and needs no kernel made.
   */
  private static final long ROWS_BY_SGEMM = 4;

  private OneDnn() {}

  /** What a kernel is made for: sizes, and numbers from one row to the next. */
  private record Form(
      long rows,
      long summed,
      long columns,
      long leftStride,
      long rightStride,
      long resultStride,
      boolean biased) {}

  /** Whether {@link #multiply} takes these operands and is worth it. */
  static boolean suits(Tensor left, Tensor right, @Nullable Tensor bias) {
    return right.numel() >= LEAST_WEIGHTS
        && left.size(1) == right.size(0)
        && isFloat(left)
        && isFloat(right)
        && (bias == null || (isFloat(bias) && bias.stride(0) == 1))
        && left.stride(1) == 1
        && left.stride(0) >= left.size(1)
        && (isTransposed(right) || (right.stride(1) == 1 && right.stride(0) >= right.size(1)))
        && OneDnnKernel.isThere();
  }

  private static boolean isFloat(Tensor tensor) {
    return tensor.scalar_type().intern() == ScalarType.Float && tensor.is_cpu();
  }

  private static boolean isTransposed(Tensor right) {
    return right.stride(0) == 1 && right.stride(1) >= right.size(0);
  }

  /**
   * Writes {@code left right + bias}.
   *
   * @param result [rows, columns] of float32, columns side by side
   * @param left [rows, summed], as {@link #suits} asks
   * @param right [summed, columns], as {@link #suits} asks
   * @param bias [columns], side by side, or null
   */
  static void multiply(Tensor result, Tensor left, Tensor right, @Nullable Tensor bias) {
    try (var scope = new PointerScope()) {
      if (isTransposed(right) && left.size(0) > ROWS_BY_SGEMM) {
        var operands = new ArrayList<Pointer>();
        operands.add(left.data_ptr());
        operands.add(right.data_ptr());
        operands.add(result.data_ptr());
        if (bias != null) {
          operands.add(bias.data_ptr());
        }
        kernel(result, left, right, bias != null).run(operands);
      } else {
        sgemm(result, left, right, bias);
      }
    }
  }

  /** Adds {@code left^T right} to the sum; by libtorch where {@link #suits} would say no. */
  static void addProduct(Tensor sum, Tensor left, Tensor right) {
    if (!suits(right, sum.t(), null) || left.stride(1) != 1) {
      sum.addmm_(left.t(), right);
      return;
    }
    torch.lazy_init_num_threads();
    try (var scope = new PointerScope()) {
      OneDnnKernel.check(
          dnnl.dnnl_sgemm(
              (byte) 'T',
              (byte) 'N',
              left.size(1),
              right.size(1),
              left.size(0),
              1,
              numbers(left),
              left.stride(0),
              numbers(right),
              right.stride(0),
              1,
              numbers(sum),
              sum.stride(0)));
    }
  }

  private static void sgemm(Tensor result, Tensor left, Tensor right, @Nullable Tensor bias) {
    torch.lazy_init_num_threads(); // a thread that is new to OpenMP would take all cores
    if (bias != null) {
      result.copy_(bias.expand(result.sizes()));
    }
    boolean transposed = isTransposed(right);
    OneDnnKernel.check(
        dnnl.dnnl_sgemm(
            (byte) 'N',
            (byte) (transposed ? 'T' : 'N'),
            left.size(0),
            right.size(1),
            left.size(1),
            1,
            numbers(left),
            left.stride(0),
            numbers(right),
            right.stride(transposed ? 1 : 0),
            bias == null ? 0 : 1,
            numbers(result),
            result.stride(0)));
  }

  private static OneDnnKernel kernel(Tensor result, Tensor left, Tensor right, boolean biased) {
    return OneDnnKernel.of(
        new Form(
            left.size(0),
            left.size(1),
            right.size(1),
            left.stride(0),
            right.stride(1),
            result.stride(0),
            biased),
        OneDnn::kernel);
  }

  private static OneDnnKernel kernel(Form form) {
    var left = matrix(form.rows, form.summed, form.leftStride, 1);
    var right = matrix(form.summed, form.columns, 1, form.rightStride);
    var result = matrix(form.rows, form.columns, form.resultStride, 1);
    var bias = form.biased ? matrix(1, form.columns, form.columns, 1) : null;
    var operands =
        new ArrayList<>(
            List.of(
                new Operand(dnnl.DNNL_ARG_SRC, left),
                new Operand(dnnl.DNNL_ARG_WEIGHTS, right),
                new Operand(dnnl.DNNL_ARG_DST, result)));
    if (bias != null) {
      operands.add(new Operand(dnnl.DNNL_ARG_BIAS, bias));
    }
    return new OneDnnKernel(
        (made, engine, attributes) ->
            dnnl.dnnl_matmul_primitive_desc_create(
                made, engine, left, right, bias, result, attributes),
        OneDnnKernel.attributes(),
        operands);
  }

  private static dnnl_memory_desc matrix(long rows, long columns, long down, long right) {
    return OneDnnKernel.form(new long[] {rows, columns}, down, right);
  }

  private static FloatPointer numbers(Tensor tensor) {
    return new FloatPointer(tensor.data_ptr());
  }
}
