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
 * A oneDNN primitive: one computation for operands of given sizes and strides. It computes on the
 * calling thread alone. Many threads may run it at once. Once it has left the cache, garbage
 * collection frees it.
 */
final class OneDnnPrimitive {
  /**
   * The least width, in numbers, at which attention and norms use oneDNN. The matrices of narrower
   * models are too small for it as well, so that such a model never loads oneDNN.
   */
  static final long LEAST_WIDTH = 320;

  /**
   * The most primitives in the cache; the least recently used one leaves first. Each text length
   * needs about ten.
   */
  private static final int MOST_KERNELS = 512;

  private static final Map<Record, OneDnnPrimitive> KERNELS =
      Collections.synchronizedMap(
          new LinkedHashMap<>(MOST_KERNELS, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Record, OneDnnPrimitive> eldest) {
              return size() > MOST_KERNELS;
            }
          });

  private static final Cleaner CLEANER = Cleaner.create();

  private static final ThreadLocal<BytePointer> SCRATCH =
      ThreadLocal.withInitial(() -> allocated(1 << 16));

  private final Natives natives;
  private final int[] roles;
  private final long scratchBytes;

  /**
   * The native objects of a primitive. It must not refer to the primitive, which could then never
   * be freed.
   */
  private static final class Natives implements Runnable {
    private final dnnl_primitive primitive = new dnnl_primitive();
    private final List<dnnl_memory_desc> operands = new ArrayList<>();

    /** Argument lists that no thread is using. */
    private final ConcurrentLinkedDeque<Arguments> idle = new ConcurrentLinkedDeque<>();

    @Override
    public void run() {
      idle.forEach(Arguments::free);
      dnnl.dnnl_primitive_destroy(primitive);
      // operands of equal form may share a description
      new HashSet<>(operands).forEach(dnnl::dnnl_memory_desc_destroy);
    }
  }

  /**
   * Initializing this class loads oneDNN. The engine is null if its native libraries are missing.
   */
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

  /** An operand: its role, as oneDNN numbers roles, and its sizes and strides. */
  record Operand(int role, dnnl_memory_desc description) {}

  /**
   * Where an operand's numbers start. It holds the tensor, so that its memory is not freed while
   * oneDNN uses it.
   *
   * @param offset the index of the first number, from the start of the tensor
   */
  record Address(Tensor tensor, long offset) {
    static Address of(Tensor tensor) {
      return new Address(tensor, 0);
    }

    private Pointer pointer() {
      var start = tensor.data_ptr();
      return start.position(start.position() + offset * Float.BYTES);
    }
  }

  /** Appends one post-op, an operation that oneDNN applies to results before it writes them. */
  interface PostOp {
    int append(dnnl_post_ops list);
  }

  /** Creates oneDNN's description of a computation. */
  interface Description {
    int create(dnnl_primitive_desc result, dnnl_engine engine, dnnl_primitive_attr attributes);
  }

  /** Whether oneDNN can be used; loads it. */
  static boolean isThere() {
    return Engine.CPU != null;
  }

  /** Whether primitives can read a tensor: float32, on the CPU. */
  static boolean reads(Tensor tensor) {
    return tensor.scalar_type().intern() == ScalarType.Float && tensor.is_cpu();
  }

  /** The primitive for a form, from the cache or newly made. */
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
   * @param attributes made by {@link #attributes}; destroyed here
   * @param operands in the order of the addresses that {@link #run} takes; the primitive frees
   *     their descriptions
   */
  OneDnnPrimitive(Description asked, dnnl_primitive_attr attributes, List<Operand> operands) {
    natives = new Natives();
    // scratch memory that oneDNN allocates would belong to the thread that made the primitive
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

  /** Attributes with these post-ops, which are applied in this order. */
  static dnnl_primitive_attr attributes(List<PostOp> postOps) {
    var attributes = new dnnl_primitive_attr();
    check(dnnl.dnnl_primitive_attr_create(attributes));
    var list = new dnnl_post_ops();
    check(dnnl.dnnl_post_ops_create(list));
    postOps.forEach(each -> check(each.append(list)));
    check(dnnl.dnnl_primitive_attr_set_post_ops(attributes, list));
    check(dnnl.dnnl_post_ops_destroy(list));
    return attributes;
  }

  /** The operand of a post-op, by its index in the list. */
  static Operand postOpOperand(int index, dnnl_memory_desc description) {
    return new Operand(
        dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (index + 1) | dnnl.DNNL_ARG_SRC_1, description);
  }

  /** The description of a float32 operand of these sizes and strides; strides are in numbers. */
  static dnnl_memory_desc form(long[] sizes, long... strides) {
    var made = new dnnl_memory_desc();
    check(
        dnnl.dnnl_memory_desc_create_with_strides(
            made, sizes.length, sizes, dnnl.dnnl_f32, strides));
    return made;
  }

  /** Computes. The addresses are in the order in which the operands were described. */
  void run(List<Address> addresses) {
    torch.lazy_init_num_threads(); // otherwise a thread new to OpenMP would take all cores
    Arguments idle = natives.idle.poll();
    Arguments arguments = idle == null ? new Arguments(roles, natives.operands) : idle;
    arguments.run(natives.primitive, addresses, scratch(scratchBytes));
    natives.idle.push(arguments);
    Reference.reachabilityFence(this);
    Reference.reachabilityFence(addresses); // oneDNN reads and writes the tensors' memory
  }

  /** The argument list of one execution. One thread at a time uses it. */
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

    void run(dnnl_primitive primitive, List<Address> addresses, Pointer scratch) {
      for (int i = 0; i < addresses.size(); i++) {
        check(dnnl.dnnl_memory_set_data_handle(memories.get(i), addresses.get(i).pointer()));
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

  /**
   * The calling thread's memory for what one computation needs; it is used again by the next one.
   */
  static BytePointer scratch(long bytes) {
    BytePointer buffer = SCRATCH.get();
    if (buffer.capacity() < bytes) {
      buffer = allocated(bytes);
      SCRATCH.set(buffer);
    }
    return buffer;
  }

  /** Memory that is freed after the thread has ended. */
  private static BytePointer allocated(long bytes) {
    return new BytePointer(bytes).retainReference();
  }

  static void check(int status) {
    if (status != dnnl.dnnl_success) {
      throw new IllegalStateException("oneDNN refused a computation: status " + status);
    }
  }
}
