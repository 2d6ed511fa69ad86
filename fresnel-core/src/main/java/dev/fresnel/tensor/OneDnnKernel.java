package dev.fresnel.tensor;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Function;
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
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * One of oneDNN's computations, made for operands of one form: sizes, and how they lie in memory.
 * It computes on the caller's thread alone. A kernel is never freed, and any thread may run it at
 * any time.
 */
final class OneDnnKernel {
  /** So many are kept, for as long as the process lives. */
  private static final int MOST = 512;

  private static final Map<Record, OneDnnKernel> KERNELS = new ConcurrentHashMap<>();

  private static final ThreadLocal<BytePointer> SCRATCH =
      ThreadLocal.withInitial(() -> allocated(1 << 16));

  private final dnnl_primitive primitive = new dnnl_primitive();
  private final int[] roles;
  private final dnnl_memory_desc[] operands;
  private final long scratchBytes;

  /** Described operands that no thread uses at the moment. */
  private final ConcurrentLinkedDeque<Arguments> idle = new ConcurrentLinkedDeque<>();

  /** Loaded when first asked for; without it, where its natives are not there. */
  private static final class Engine {
    static final @Nullable dnnl_engine CPU = create();

    private static @Nullable dnnl_engine create() {
      if (!NativeLibraries.loadOneDnn()) {
        return null;
      }
      var engine = new dnnl_engine();
      check(dnnl.dnnl_engine_create(engine, dnnl.dnnl_cpu, 0));
      return engine.retainReference();
    }
  }

  /** An operand: what it is to the computation, and its form. */
  record Operand(int role, dnnl_memory_desc description) {}

  /** How oneDNN is asked for a computation. */
  interface Description {
    int create(dnnl_primitive_desc result, dnnl_engine engine, dnnl_primitive_attr attributes);
  }

  /** Whether there is oneDNN; loads it. */
  static boolean isThere() {
    return Engine.CPU != null;
  }

  /** The kernel for a form, made where it is new; null where no more are kept. */
  static <F extends Record> @Nullable OneDnnKernel of(F form, Function<F, OneDnnKernel> maker) {
    OneDnnKernel kernel = KERNELS.get(form);
    if (kernel == null && KERNELS.size() < MOST) {
      kernel =
          KERNELS.computeIfAbsent(
              form,
              absent -> {
                try (var scope = new PointerScope()) {
                  return maker.apply(form);
                }
              });
    }
    return kernel;
  }

  /**
   * @param attributes what is to be done with results; its scratch memory is set here
   */
  OneDnnKernel(Description asked, dnnl_primitive_attr attributes, List<Operand> operands) {
    // Memory that oneDNN keeps itself belongs to the thread that made the primitive.
    check(dnnl.dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl.dnnl_scratchpad_mode_user));
    var description = new dnnl_primitive_desc();
    check(asked.create(description, engine(), attributes));
    check(dnnl.dnnl_primitive_create(primitive, description));
    var scratch = dnnl.dnnl_primitive_desc_query_md(description, dnnl.dnnl_query_scratchpad_md, 0);
    scratchBytes = dnnl.dnnl_memory_desc_get_size(scratch);
    roles = new int[operands.size() + 1];
    this.operands = new dnnl_memory_desc[operands.size() + 1];
    for (int i = 0; i < operands.size(); i++) {
      roles[i] = operands.get(i).role;
      this.operands[i] = operands.get(i).description;
    }
    roles[operands.size()] = dnnl.DNNL_ARG_SCRATCHPAD;
    this.operands[operands.size()] = scratch;
    primitive.retainReference();
    for (var kept : this.operands) {
      kept.retainReference();
    }
  }

  private static dnnl_engine engine() {
    dnnl_engine engine = Engine.CPU;
    if (engine == null) {
      throw new IllegalStateException("oneDNN is not there");
    }
    return engine;
  }

  static dnnl_primitive_attr attributes() {
    var attributes = new dnnl_primitive_attr();
    check(dnnl.dnnl_primitive_attr_create(attributes));
    return attributes;
  }

  /** float32 numbers of these sizes, so many apart along each axis. */
  static dnnl_memory_desc form(long[] sizes, long... strides) {
    var made = new dnnl_memory_desc();
    check(
        dnnl.dnnl_memory_desc_create_with_strides(
            made, sizes.length, sizes, dnnl.dnnl_f32, strides));
    return made;
  }

  /** Computes, with operands in the order in which they were described. */
  void run(List<Tensor> tensors) {
    torch.lazy_init_num_threads(); // a thread that is new to OpenMP would take all cores
    Arguments arguments = idle.poll();
    if (arguments == null) {
      arguments = new Arguments();
    }
    arguments.run(tensors);
    idle.push(arguments);
  }

  /** What a kernel works on, described to oneDNN: for one thread at a time, then for another. */
  private final class Arguments {
    private final dnnl_exec_arg_t list = new dnnl_exec_arg_t(roles.length);
    private final dnnl_memory[] memories = new dnnl_memory[roles.length];
    private final dnnl_stream stream = new dnnl_stream();

    Arguments() {
      list.retainReference();
      stream.retainReference();
      check(dnnl.dnnl_stream_create(stream, engine(), dnnl.dnnl_stream_default_flags));
      for (int i = 0; i < roles.length; i++) {
        memories[i] = new dnnl_memory();
        memories[i].retainReference();
        check(dnnl.dnnl_memory_create(memories[i], operands[i], engine(), new Pointer()));
        list.position(i).arg(roles[i]).memory(memories[i]);
      }
    }

    void run(List<Tensor> tensors) {
      for (int i = 0; i < roles.length - 1; i++) {
        check(dnnl.dnnl_memory_set_data_handle(memories[i], tensors.get(i).data_ptr()));
      }
      check(dnnl.dnnl_memory_set_data_handle(memories[roles.length - 1], scratch(scratchBytes)));
      check(dnnl.dnnl_primitive_execute(primitive, stream, roles.length, list.position(0)));
      check(dnnl.dnnl_stream_wait(stream));
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

  static void check(int status) {
    if (status != dnnl.dnnl_success) {
      throw new IllegalStateException("oneDNN refused a computation: status " + status);
    }
  }
}
