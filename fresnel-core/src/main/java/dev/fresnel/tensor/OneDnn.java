package dev.fresnel.tensor;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.BytePointer;
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

  /** So many kernels are kept, for as long as the process lives; forms beyond go through sgemm. */
  private static final int MOST_KERNELS = 512;

  /**
   * With so few rows sgemm reads weights as fast as memory gives them, and needs no kernel made.
   */
  private static final long ROWS_BY_SGEMM = 4;

  private static final Map<Form, Kernel> KERNELS = new ConcurrentHashMap<>();

  private static final ThreadLocal<BytePointer> SCRATCH =
      ThreadLocal.withInitial(() -> allocated(1 << 16));

  private OneDnn() {}

  /** Loaded when first asked for; without it, where its natives are not there. */
  private static final class Engine {
    static final @Nullable dnnl_engine CPU = create();

    private static @Nullable dnnl_engine create() {
      if (!NativeLibraries.loadOneDnn()) {
        return null;
      }
      var engine = new dnnl_engine();
      check(dnnl.dnnl_engine_create(engine, dnnl.dnnl_cpu, 0));
      return engine;
    }
  }

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
        && Engine.CPU != null;
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
    torch.lazy_init_num_threads(); // a thread that is new to OpenMP would take all cores
    try (var scope = new PointerScope()) {
      boolean own = isTransposed(right) && left.size(0) > ROWS_BY_SGEMM;
      Kernel kernel = own ? kernel(result, left, right, bias != null) : null;
      if (kernel != null) {
        kernel.run(result, left, right, bias);
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
      check(
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
    if (bias != null) {
      result.copy_(bias.expand(result.sizes()));
    }
    boolean transposed = isTransposed(right);
    check(
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

  private static @Nullable Kernel kernel(Tensor result, Tensor left, Tensor right, boolean biased) {
    var form =
        new Form(
            left.size(0),
            left.size(1),
            right.size(1),
            left.stride(0),
            right.stride(1),
            result.stride(0),
            biased);
    Kernel kernel = KERNELS.get(form);
    if (kernel == null && KERNELS.size() < MOST_KERNELS) {
      kernel = KERNELS.computeIfAbsent(form, Kernel::new);
    }
    return kernel;
  }

  /** One form's product. It is never freed, so any thread may use it at any time. */
  private static final class Kernel {
    private final dnnl_engine engine = Objects.requireNonNull(Engine.CPU);
    private final dnnl_memory_desc left;
    private final dnnl_memory_desc right;
    private final @Nullable dnnl_memory_desc bias;
    private final dnnl_memory_desc result;
    private final dnnl_memory_desc scratch;
    private final dnnl_primitive primitive = new dnnl_primitive();

    Kernel(Form form) {
      left = matrix(form.rows, form.summed, form.leftStride, 1);
      right = matrix(form.summed, form.columns, 1, form.rightStride);
      bias = form.biased ? matrix(1, form.columns, form.columns, 1) : null;
      result = matrix(form.rows, form.columns, form.resultStride, 1);
      var attributes = new dnnl_primitive_attr();
      check(dnnl.dnnl_primitive_attr_create(attributes));
      // Memory that oneDNN keeps itself belongs to the thread that made the primitive.
      check(
          dnnl.dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl.dnnl_scratchpad_mode_user));
      var description = new dnnl_primitive_desc();
      check(
          dnnl.dnnl_matmul_primitive_desc_create(
              description, engine, left, right, bias, result, attributes));
      check(dnnl.dnnl_primitive_create(primitive, description));
      scratch = dnnl.dnnl_primitive_desc_query_md(description, dnnl.dnnl_query_scratchpad_md, 0);
      check(dnnl.dnnl_primitive_attr_destroy(attributes));
    }

    private static dnnl_memory_desc matrix(long rows, long columns, long down, long right) {
      var made = new dnnl_memory_desc();
      check(
          dnnl.dnnl_memory_desc_create_with_strides(
              made, 2, new long[] {rows, columns}, dnnl.dnnl_f32, new long[] {down, right}));
      return made;
    }

    void run(Tensor to, Tensor from, Tensor weights, @Nullable Tensor added) {
      var operands = new Operands(engine);
      try {
        operands.add(dnnl.DNNL_ARG_SRC, left, from.data_ptr());
        operands.add(dnnl.DNNL_ARG_WEIGHTS, right, weights.data_ptr());
        operands.add(dnnl.DNNL_ARG_DST, result, to.data_ptr());
        operands.add(
            dnnl.DNNL_ARG_SCRATCHPAD, scratch, scratch(dnnl.dnnl_memory_desc_get_size(scratch)));
        if (bias != null && added != null) {
          operands.add(dnnl.DNNL_ARG_BIAS, bias, added.data_ptr());
        }
        operands.run(primitive);
      } finally {
        operands.free();
      }
    }
  }

  /** What a kernel works on, described to oneDNN. */
  private static final class Operands {
    private final dnnl_engine engine;
    private final dnnl_exec_arg_t arguments = new dnnl_exec_arg_t(5);
    private final dnnl_memory[] memories = new dnnl_memory[5];
    private int count;

    Operands(dnnl_engine engine) {
      this.engine = engine;
    }

    void add(int role, dnnl_memory_desc description, Pointer address) {
      var memory = new dnnl_memory();
      check(dnnl.dnnl_memory_create(memory, description, engine, address));
      memories[count] = memory;
      arguments.position(count).arg(role).memory(memory);
      count++;
    }

    void run(dnnl_primitive primitive) {
      var stream = new dnnl_stream();
      check(dnnl.dnnl_stream_create(stream, engine, dnnl.dnnl_stream_default_flags));
      try {
        check(dnnl.dnnl_primitive_execute(primitive, stream, count, arguments.position(0)));
        check(dnnl.dnnl_stream_wait(stream));
      } finally {
        dnnl.dnnl_stream_destroy(stream);
      }
    }

    void free() {
      for (int i = 0; i < count; i++) {
        dnnl.dnnl_memory_destroy(memories[i]);
      }
    }
  }

  private static BytePointer scratch(long bytes) {
    BytePointer buffer = SCRATCH.get();
    if (buffer.capacity() < bytes) {
      buffer = allocated(bytes);
      SCRATCH.set(buffer);
    }
    return buffer;
  }

  /** Freed after the thread's end. */
  private static BytePointer allocated(long bytes) {
    return new BytePointer(bytes).retainReference();
  }

  private static FloatPointer numbers(Tensor tensor) {
    return new FloatPointer(tensor.data_ptr());
  }

  private static void check(int status) {
    if (status != dnnl.dnnl_success) {
      throw new IllegalStateException("oneDNN refused a product: status " + status);
    }
  }
}
