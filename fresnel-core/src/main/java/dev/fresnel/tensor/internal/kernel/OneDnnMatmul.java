package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.Matmul.Product;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Address;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Operand;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products by oneDNN, on the calling thread alone. With few rows it is faster than OpenBLAS,
 * which first copies the weights into its own order.
 *
 * <p>Transposed weights, which have each column contiguous, are read in place by a primitive that
 * is made once per {@link Form}. Other weights, and products with many rows, go through sgemm.
 */
final class OneDnnMatmul {
  /** The fewest weights for which oneDNN is used. Smaller matrices do not repay loading oneDNN. */
  private static final long LEAST_WEIGHTS = 100_000;

  /**
   * Up to this many rows, sgemm reads the weights as fast as memory delivers them, and needs no
   * primitive to be made.
   */
  private static final long FEW_ROWS = 4;

  /** From this many rows on, sgemm repays copying the weights into its own order. */
  private static final long MANY_ROWS = 320;

  /**
   * The fewest multiplications of one of several products for which sgemm is faster than OpenBLAS:
   * some 20 microseconds of work. A call from Java takes a few.
   */
  private static final double LEAST_MULTIPLICATIONS = 500_000;

  private OneDnnMatmul() {}

  /** The form of a product, for which a primitive is made: sizes, and strides in numbers. */
  private record Form(
      long rows,
      long summed,
      long columns,
      long leftStride,
      long rightStride,
      long resultStride,
      boolean biased) {

    static Form of(Product product) {
      return new Form(
          product.left().size(0),
          product.left().size(1),
          product.right().size(1),
          product.left().stride(0),
          product.right().stride(1),
          product.result().stride(0),
          product.bias() != null);
    }
  }

  /** Whether {@link #write} accepts these operands and is worth using. */
  static boolean suits(Tensor left, Tensor right, @Nullable Tensor bias) {
    return right.numel() >= LEAST_WEIGHTS
        && left.size(1) == right.size(0)
        && (bias == null || (OneDnnPrimitive.reads(bias) && bias.stride(0) == 1))
        && OneDnnPrimitive.reads(left)
        && hasRows(left)
        && reads(right)
        && OneDnnPrimitive.isThere();
  }

  /** Whether {@link #writeEach} is worth using for these operands [products, .., ..]. */
  static boolean suitsEach(Tensor left, Tensor right) {
    return (double) left.size(1) * left.size(2) * right.size(2) >= LEAST_MULTIPLICATIONS
        && Math.max(left.numel(), right.numel()) >= LEAST_WEIGHTS
        && left.size(2) == right.size(1)
        && OneDnnPrimitive.reads(left)
        && OneDnnPrimitive.reads(right)
        && OneDnnPrimitive.isThere();
  }

  /** Computes a product for each index of the first axis. */
  static void writeEach(Tensor results, Tensor left, Tensor right) {
    for (long i = 0; i < results.size(0); i++) {
      try (var scope = new PointerScope()) {
        addProduct(results.select(0, i), left.select(0, i), right.select(0, i), true);
      }
    }
  }

  /** Whether sgemm can read a matrix in place, plain or transposed. */
  static boolean reads(Tensor matrix) {
    return matrix.numel() > 0
        && OneDnnPrimitive.reads(matrix)
        && (hasRows(matrix) || isTransposed(matrix));
  }

  private static boolean hasRows(Tensor matrix) {
    return matrix.stride(1) == 1 && matrix.stride(0) >= matrix.size(1);
  }

  private static boolean isTransposed(Tensor right) {
    return right.stride(0) == 1 && right.stride(1) >= right.size(0);
  }

  /** Computes a product whose operands {@link #suits} accepts. */
  static void write(Product product) {
    try (var scope = new PointerScope()) {
      long rows = product.left().size(0);
      var bias = product.bias();
      if (isTransposed(product.right()) && rows > FEW_ROWS && rows < MANY_ROWS) {
        OneDnnPrimitive.of(Form.of(product), OneDnnMatmul::kernel)
            .run(
                Stream.of(product.left(), product.right(), product.result(), bias)
                    .filter(Objects::nonNull)
                    .map(Address::of)
                    .toList());
      } else {
        if (bias != null) {
          product.result().copy_(bias.expand(product.result().sizes()));
        }
        sgemm(product.result(), product.left(), product.right(), bias == null);
      }
    }
  }

  /** Whether {@link #write(Product, long, long)} computes a product: it has one row or a few. */
  static boolean hasFewRows(Product product) {
    return product.left().size(0) <= FEW_ROWS;
  }

  /**
   * Computes some columns of a product that {@link #hasFewRows}. It takes addresses instead of
   * views: with one row, making views would take as long as reading a small matrix.
   */
  static void write(Product product, long from, long columns) {
    var result = product.result();
    var right = product.right();
    var bias = product.bias();
    for (long row = 0; bias != null && row < result.size(0); row++) {
      long bytes = Float.BYTES * columns;
      Pointer.memcpy(at(result, row * result.stride(0) + from), at(bias, from), bytes);
    }
    sgemm(result, from, product.left(), right, from * right.stride(1), columns, bias == null);
  }

  /** The address of a number, by its index in memory. */
  private static Pointer at(Tensor tensor, long index) {
    return new BytePointer(tensor.data_ptr()).position(index * Float.BYTES);
  }

  /**
   * Adds {@code left right} to the sum, on the calling thread. libtorch computes it if oneDNN
   * cannot read the operands.
   *
   * @param sum [left's rows, right's columns]
   * @param first whether to overwrite the sum instead of adding to it
   */
  static void addProduct(Tensor sum, Tensor left, Tensor right, boolean first) {
    if (reads(left) && reads(right) && hasRows(sum) && OneDnnPrimitive.isThere()) {
      sgemm(sum, left, right, first);
    } else if (first) {
      torch.mm_out(sum, left, right);
    } else {
      sum.addmm_(left, right);
    }
  }

  private static void sgemm(Tensor sum, Tensor left, Tensor right, boolean first) {
    try (var scope = new PointerScope()) {
      sgemm(sum, 0, left, right, 0, right.size(1), first);
    }
  }

  /**
   * Some columns of a product.
   *
   * @param to the index in the sum's memory where they begin
   * @param from the index in the right side's memory where they begin
   */
  static void sgemm(
      Tensor sum, long to, Tensor left, Tensor right, long from, long columns, boolean first) {
    torch.lazy_init_num_threads(); // otherwise a thread new to OpenMP would take all cores
    boolean leftTransposed = !hasRows(left);
    boolean rightTransposed = !hasRows(right);
    OneDnnPrimitive.check(
        dnnl.dnnl_sgemm(
            (byte) (leftTransposed ? 'T' : 'N'),
            (byte) (rightTransposed ? 'T' : 'N'),
            left.size(0),
            columns,
            left.size(1),
            1,
            numbers(left),
            left.stride(leftTransposed ? 1 : 0),
            numbers(right).position(from),
            right.stride(rightTransposed ? 1 : 0),
            first ? 0 : 1,
            numbers(sum).position(to),
            sum.stride(0)));
    Reference.reachabilityFence(List.of(sum, left, right)); // oneDNN uses their memory
  }

  private static OneDnnPrimitive kernel(Form form) {
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
    return new OneDnnPrimitive(
        (made, engine, attributes) ->
            dnnl.dnnl_matmul_primitive_desc_create(
                made, engine, left, right, bias, result, attributes),
        OneDnnPrimitive.attributes(List.of()),
        operands);
  }

  private static dnnl_memory_desc matrix(long rows, long columns, long down, long right) {
    return OneDnnPrimitive.form(new long[] {rows, columns}, down, right);
  }

  private static FloatPointer numbers(Tensor tensor) {
    return new FloatPointer(tensor.data_ptr());
  }
}
