package dev.fresnel.tensor.internal.kernel;

import java.lang.ref.Reference;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Products of matrices with vectors. They take the time of reading the matrices, which oneDNN's
 * sgemm does faster than libtorch, and in place. Large ones are split into parts that are computed
 * in parallel.
 */
public final class MatrixVector {
  /** The fewest numbers of a part: some ten microseconds of reading. */
  private static final double LEAST_NUMBERS = 250_000;

  /**
   * The fewest numbers of each of several matrices. Smaller ones take libtorch one call for all.
   */
  private static final long LEAST_NUMBERS_EACH = 512;

  /** The fewest numbers for which libtorch's product with a vector repays its views. */
  private static final long LEAST_BY_VECTOR = 10_000;

  private MatrixVector() {}

  /**
   * The form of products: sizes, and strides in numbers.
   *
   * @param products how many matrices one tensor has, each with its own vector
   */
  public record Form(
      long products,
      long rows,
      long summed,
      long productStride,
      long rowStride,
      long summedStride,
      long vectorStride,
      long vectorStep) {

    static Form of(Tensor matrix, Tensor vector) {
      long[] sizes = matrix.shape();
      int rows = sizes.length - 2;
      boolean single = rows == 0;
      return new Form(
          single ? 1 : sizes[0],
          sizes[rows],
          sizes[rows + 1],
          single ? 0 : matrix.stride(0),
          matrix.stride(rows),
          matrix.stride(rows + 1),
          single ? 0 : vector.stride(0),
          vector.stride(rows));
    }

    private boolean hasRows() {
      return summedStride == 1 && rowStride >= summed;
    }

    /** Whether sgemm can read these in place, and they are wide enough for oneDNN. */
    private boolean isReadable() {
      boolean isTransposed = rowStride == 1 && summedStride >= rows;
      return rows * summed >= LEAST_NUMBERS_EACH
          && products * summed >= OneDnnPrimitive.LEAST_WIDTH
          && vectorStep >= 1
          && (hasRows() || isTransposed);
    }
  }

  /**
   * The products of a matrix's rows with a vector.
   *
   * @param matrix [rows, summed]
   * @param vector [summed]
   * @return [rows]
   */
  public static Tensor product(Tensor matrix, Tensor vector) {
    var form = Form.of(matrix, vector);
    return vector.size(0) == form.summed && suits(form, matrix, vector)
        ? write(form, matrix, vector, matrix.new_empty(form.rows))
        : matrix.mv(vector);
  }

  /**
   * The same for each index of a first axis.
   *
   * @param matrices [products, rows, summed]
   * @param vectors [products, summed]
   * @return [products, rows]
   */
  public static Tensor products(Tensor matrices, Tensor vectors) {
    var form = Form.of(matrices, vectors);
    if (vectors.size(1) == form.summed && suits(form, matrices, vectors)) {
      return write(form, matrices, vectors, matrices.new_empty(form.products, form.rows));
    }
    return form.products == 1 && matrices.numel() >= LEAST_BY_VECTOR
        ? matrices.select(0, 0).mv(vectors.select(0, 0)).unsqueeze(0)
        : Elementwise.bmm(matrices, vectors.unsqueeze(2)).squeeze(2);
  }

  /** Whether {@link #writeEach} accepts these: all of one layout. */
  public static boolean suitsEach(Form form, List<Tensor> matrices, Tensor vectors) {
    var first = matrices.get(0);
    return matrices.stream()
        .allMatch(
            each ->
                suits(form, each, vectors)
                    && IntStream.range(0, (int) each.dim())
                        .allMatch(axis -> each.stride(axis) == first.stride(axis)));
  }

  /**
   * The products of several tensors of one layout with vectors.
   *
   * @param step from one tensor's vectors to the next's, in numbers; 0 if all have the same
   * @param result contiguous [tensors, products, rows]
   */
  public static void writeEach(
      Form form, List<Tensor> matrices, Tensor vectors, long step, Tensor result) {
    double numbers = (double) matrices.get(0).numel() * matrices.size();
    long length = form.products * form.rows;
    Elementwise.inParts(
        Elementwise.count(numbers / LEAST_NUMBERS, matrices.size()),
        matrices.size(),
        (from, count) -> {
          torch.lazy_init_num_threads(); // otherwise a thread new to OpenMP would take all cores
          var by = new FloatPointer(vectors.data_ptr());
          var to = new FloatPointer(result.data_ptr());
          for (int i = (int) from; i < from + count; i++) {
            var read = new FloatPointer(matrices.get(i).data_ptr());
            write(form, 0, form.products, read, by, i * step, to, i * length);
          }
        });
    Reference.reachabilityFence(List.of(matrices, vectors, result)); // oneDNN uses their memory
  }

  /** Some of a tensor's products, with vectors and results from these indices on. */
  private static void write(
      Form form,
      long from,
      long end,
      FloatPointer read,
      FloatPointer by,
      long firstBy,
      FloatPointer to,
      long firstTo) {
    for (long i = from; i < end; i++) {
      sgemm(
          form,
          form.rows,
          read.position(i * form.productStride),
          by.position(firstBy + i * form.vectorStride),
          to.position(firstTo + i * form.rows));
    }
  }

  private static boolean suits(Form form, Tensor matrix, Tensor vector) {
    return !KernelChoice.PLAIN
        && form.isReadable()
        && OneDnnPrimitive.reads(matrix)
        && OneDnnPrimitive.reads(vector)
        && !Recording.isOn(matrix, vector)
        && OneDnnPrimitive.isThere();
  }

  private static Tensor write(Form form, Tensor matrix, Tensor vector, Tensor result) {
    boolean single = form.products == 1;
    long length = single ? form.rows : form.products;
    int count = Elementwise.count(matrix.numel() / LEAST_NUMBERS, length);
    Elementwise.inParts(
        count,
        length,
        (from, of) -> {
          torch.lazy_init_num_threads(); // otherwise a thread new to OpenMP would take all cores
          var read = new FloatPointer(matrix.data_ptr());
          var by = new FloatPointer(vector.data_ptr());
          var to = new FloatPointer(result.data_ptr());
          if (single) {
            read.position(from * form.rowStride);
            sgemm(form, of, read, by, to.position(from));
            return;
          }
          write(form, from, from + of, read, by, 0, to, 0);
        });
    Reference.reachabilityFence(List.of(matrix, vector, result)); // oneDNN uses their memory
    return result;
  }

  private static void sgemm(
      Form form, long rows, FloatPointer read, FloatPointer by, FloatPointer to) {
    boolean plain = form.hasRows();
    OneDnnPrimitive.check(
        dnnl.dnnl_sgemm(
            (byte) (plain ? 'N' : 'T'),
            (byte) 'N',
            rows,
            1,
            form.summed,
            1,
            read,
            plain ? form.rowStride : form.summedStride,
            by,
            form.vectorStep,
            0,
            to,
            1));
  }
}
