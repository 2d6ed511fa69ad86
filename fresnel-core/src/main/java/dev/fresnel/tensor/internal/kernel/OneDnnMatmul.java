package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.Matmul.Piece;
import dev.fresnel.tensor.internal.kernel.Matmul.Product;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Address;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Operand;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
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

    static Form of(Piece piece) {
      var whole = piece.whole();
      return new Form(
          piece.rows(),
          whole.right().size(0),
          piece.columns(),
          whole.leftStride(),
          whole.right().stride(1),
          whole.resultStride(),
          whole.bias() != null);
    }
  }

  /** Whether {@link #write} accepts these operands and is worth using. */
  static boolean suits(Tensor left, Tensor right, @Nullable Tensor bias) {
    return right.numel() >= LEAST_WEIGHTS
        && left.numel() == Product.rows(left, right) * right.size(0)
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
    if (matrix.dim() != 2) {
      return matrix.is_contiguous();
    }
    return matrix.stride(1) == 1 && matrix.stride(0) >= matrix.size(1);
  }

  private static boolean isTransposed(Tensor right) {
    return right.dim() == 2 && right.stride(0) == 1 && right.stride(1) >= right.size(0);
  }

  /**
   * Computes some of a product whose operands {@link #suits} accepts. It takes addresses instead of
   * views: making views of a small matrix takes as long as reading it.
   */
  static void write(Piece piece) {
    var whole = piece.whole();
    var right = whole.right();
    var bias = whole.bias();
    if (isTransposed(right) && piece.rows() > FEW_ROWS && piece.rows() < MANY_ROWS) {
      var operands = new ArrayList<Address>();
      operands.add(new Address(whole.left(), piece.row() * whole.leftStride()));
      operands.add(new Address(right, piece.column() * right.stride(1)));
      operands.add(new Address(whole.result(), start(piece)));
      if (bias != null) {
        operands.add(new Address(bias, piece.column()));
      }
      OneDnnPrimitive.of(Form.of(piece), OneDnnMatmul::kernel).run(operands);
      return;
    }
    if (bias != null) {
      writeBias(piece, bias);
    }
    sgemm(piece, bias == null);
  }

  private static void writeBias(Piece piece, Tensor bias) {
    if (piece.rows() > FEW_ROWS) {
      Tensor result = piece.matrices().result();
      result.copy_(bias.narrow(0, piece.column(), piece.columns()).expand(result.sizes()));
      return;
    }
    for (long row = 0; row < piece.rows(); row++) {
      long to = start(piece) + row * piece.whole().resultStride();
      Pointer.memcpy(
          at(piece.whole().result(), to), at(bias, piece.column()), Float.BYTES * piece.columns());
    }
  }

  /** Whether reading the weights takes all the time of a product. */
  static boolean hasFewRows(Product product) {
    return product.rows() <= FEW_ROWS;
  }

  /** The index in the result's memory where a piece begins. */
  private static long start(Piece piece) {
    return piece.row() * piece.whole().resultStride() + piece.column();
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
    add(Piece.all(new Product(sum, left, right, null)), first);
  }

  /** {@link #addProduct} for some of the product. */
  static void add(Piece piece, boolean first) {
    var whole = piece.whole();
    boolean byOneDnn = reads(whole.left()) && reads(whole.right()) && hasRows(whole.result());
    if (byOneDnn && OneDnnPrimitive.isThere()) {
      sgemm(piece, first);
      return;
    }
    var some = piece.matrices();
    if (first) {
      torch.mm_out(some.result(), some.left(), some.right());
    } else {
      some.result().addmm_(some.left(), some.right());
    }
  }

  /**
   * Computes some of a product.
   *
   * @param first whether to overwrite the result instead of adding to it
   */
  static void sgemm(Piece piece, boolean first) {
    torch.lazy_init_num_threads(); // otherwise a thread new to OpenMP would take all cores
    var whole = piece.whole();
    boolean leftTransposed = !hasRows(whole.left());
    boolean rightTransposed = !hasRows(whole.right());
    try (var scope = new PointerScope()) {
      OneDnnPrimitive.check(
          dnnl.dnnl_sgemm(
              (byte) (leftTransposed ? 'T' : 'N'),
              (byte) (rightTransposed ? 'T' : 'N'),
              piece.rows(),
              piece.columns(),
              whole.right().size(0),
              1,
              numbers(whole.left(), piece.row() * whole.leftStride()),
              leftTransposed ? whole.left().stride(1) : whole.leftStride(),
              numbers(whole.right(), piece.column() * whole.right().stride(1)),
              whole.right().stride(rightTransposed ? 1 : 0),
              first ? 0 : 1,
              numbers(whole.result(), start(piece)),
              whole.resultStride()));
    }
    Reference.reachabilityFence(whole); // oneDNN uses the operands' memory
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

  private static FloatPointer numbers(Tensor tensor, long from) {
    return new FloatPointer(tensor.data_ptr()).position(from);
  }
}
