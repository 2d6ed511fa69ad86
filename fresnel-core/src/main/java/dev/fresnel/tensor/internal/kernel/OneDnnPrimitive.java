package dev.fresnel.tensor.internal.kernel;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Function;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
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
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * One of oneDNN's computations, made for operands of one form: sizes, and how they lie in memory.
 * It computes on the caller's thread alone. Any thread may run a kernel at any time; it is freed by
 * garbage collection, some time after it was last asked for.
 */
final class OneDnnPrimitive {
  /**
   * Heads, and activations that norms go along, are worth a kernel from this width on. A model that
   * is narrower has small products too, and loads no oneDNN.
   */
  static final long LEAST_WIDTH = 320;

  /** So many are kept, those that were asked for last: some ten for each length of texts. */
  private static final int MOST = 512;

  private static final Map<Record, OneDnnPrimitive> KERNELS =
      Collections.synchronizedMap(
          new LinkedHashMap<>(MOST, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Record, OneDnnPrimitive> eldest) {
              return size() > MOST;
            }
          });

  private static final Cleaner CLEANER = Cleaner.create();

  private static final ThreadLocal<BytePointer> SCRATCH =
      ThreadLocal.withInitial(() -> allocated(1 << 16));

  private final Natives natives;
  private final int[] roles;
  private final long scratchBytes;

  /** What is freed with the kernel; it must not refer to it. */
  private static final class Natives implements Runnable {
    private final dnnl_primitive primitive = new dnnl_primitive();
    private final List<dnnl_memory_desc> operands = new ArrayList<>();

    /** Described operands that no thread uses at the moment. */
    private final ConcurrentLinkedDeque<Arguments> idle = new ConcurrentLinkedDeque<>();

    @Override
    public void run() {
      idle.forEach(Arguments::free);
      dnnl.dnnl_primitive_destroy(primitive);
      // Operands of one form may share a description.
      new HashSet<>(operands).forEach(dnnl::dnnl_memory_desc_destroy);
    }
  }

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

  /** How oneDNN is told of something to be done to results. */
  interface After {
    int append(dnnl_post_ops list);
  }

  /** How oneDNN is asked for a computation. */
  interface Description {
    int create(dnnl_primitive_desc result, dnnl_engine engine, dnnl_primitive_attr attributes);
  }

  /** Whether there is oneDNN; loads it. */
  static boolean isThere() {
    return Engine.CPU != null;
  }

  /** Whether it is what kernels read: float32, in the processor's memory. */
  static boolean reads(Tensor tensor) {
    return tensor.scalar_type().intern() == ScalarType.Float && tensor.is_cpu();
  }

  /** The kernel for a form, made where it is new. */
  static <F extends Record> OneDnnPrimitive of(F form, Function<F, OneDnnPrimitive> maker) {
    return KERNELS.computeIfAbsent(
        form,
        absent -> {
          try (var scope = new PointerScope()) {
            return maker.apply(form);
          }
        });
  }

  /**
   * @param attributes what is to be done with results; destroyed here
   * @param operands their descriptions belong to the kernel from here on
   */
  OneDnnPrimitive(Description asked, dnnl_primitive_attr attributes, List<Operand> operands) {
    natives = new Natives();
    // Memory that oneDNN keeps itself belongs to the thread that made the primitive.
    check(dnnl.dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl.dnnl_scratchpad_mode_user));
    var description = new dnnl_primitive_desc();
    check(asked.create(description, engine(), attributes));
    check(dnnl.dnnl_primitive_attr_destroy(attributes));
    check(dnnl.dnnl_primitive_create(natives.primitive, description));
    natives.primitive.retainReference();
    var scratch = new dnnl_memory_desc();
    check(
        dnnl.dnnl_memory_desc_clone(
            scratch,
            dnnl.dnnl_primitive_desc_query_md(description, dnnl.dnnl_query_scratchpad_md, 0)));
    check(dnnl.dnnl_primitive_desc_destroy(description));
    scratchBytes = dnnl.dnnl_memory_desc_get_size(scratch);
    var all = new ArrayList<>(operands);
    all.add(new Operand(dnnl.DNNL_ARG_SCRATCHPAD, scratch));
    roles = all.stream().mapToInt(Operand::role).toArray();
    for (Operand operand : all) {
      natives.operands.add(operand.description.retainReference());
    }
    CLEANER.register(this, natives);
  }

  private static dnnl_engine engine() {
    dnnl_engine engine = Engine.CPU;
    if (engine == null) {
      throw new IllegalStateException("oneDNN is not there");
    }
    return engine;
  }

  /** What is done to results, in this order. */
  static dnnl_primitive_attr attributes(List<After> after) {
    var attributes = new dnnl_primitive_attr();
    check(dnnl.dnnl_primitive_attr_create(attributes));
    var list = new dnnl_post_ops();
    check(dnnl.dnnl_post_ops_create(list));
    after.forEach(each -> check(each.append(list)));
    check(dnnl.dnnl_primitive_attr_set_post_ops(attributes, list));
    check(dnnl.dnnl_post_ops_destroy(list));
    return attributes;
  }

  /** The operand of what is done to results, by its place in the list. */
  static Operand operandAfter(int index, dnnl_memory_desc description) {
    return new Operand(
        dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (index + 1) | dnnl.DNNL_ARG_SRC_1, description);
  }

  /** float32 numbers of these sizes, so many apart along each axis. */
  static dnnl_memory_desc form(long[] sizes, long... strides) {
    var made = new dnnl_memory_desc();
    check(
        dnnl.dnnl_memory_desc_create_with_strides(
            made, sizes.length, sizes, dnnl.dnnl_f32, strides));
    return made;
  }

  /** Computes, with operands' addresses in the order in which they were described. */
  void run(List<? extends Pointer> addresses) {
    torch.lazy_init_num_threads(); // a thread that is new to OpenMP would take all cores
    Arguments idle = natives.idle.poll();
    Arguments arguments = idle == null ? new Arguments(roles, natives.operands) : idle;
    arguments.run(natives.primitive, addresses, scratch(scratchBytes));
    natives.idle.push(arguments);
    Reference.reachabilityFence(this);
  }

  /** What a kernel works on, described to oneDNN: for one thread at a time, then for another. */
  private static final class Arguments {
    private final dnnl_exec_arg_t list;
    private final List<dnnl_memory> memories = new ArrayList<>();
    private final dnnl_stream stream = new dnnl_stream();

    Arguments(int[] roles, List<dnnl_memory_desc> operands) {
      list = new dnnl_exec_arg_t(roles.length).retainReference();
      stream.retainReference();
      check(dnnl.dnnl_stream_create(stream, engine(), dnnl.dnnl_stream_default_flags));
      for (int i = 0; i < roles.length; i++) {
        var memory = new dnnl_memory();
        check(dnnl.dnnl_memory_create(memory, operands.get(i), engine(), new Pointer()));
        memories.add(memory.retainReference());
        list.position(i).arg(roles[i]).memory(memory);
      }
      list.position(0);
    }

    void run(dnnl_primitive primitive, List<? extends Pointer> addresses, Pointer scratch) {
      for (int i = 0; i < addresses.size(); i++) {
        check(dnnl.dnnl_memory_set_data_handle(memories.get(i), addresses.get(i)));
      }
      check(dnnl.dnnl_memory_set_data_handle(memories.get(addresses.size()), scratch));
      check(dnnl.dnnl_primitive_execute(primitive, stream, memories.size(), list));
      check(dnnl.dnnl_stream_wait(stream));
    }

    void free() {
      memories.forEach(dnnl::dnnl_memory_destroy);
      dnnl.dnnl_stream_destroy(stream);
      list.close();
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
