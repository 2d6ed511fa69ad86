package dev.fresnel.tensor;

import dev.fresnel.tensor.internal.kernel.Libtorch;
import java.util.ArrayList;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/**
 * Frees, when it is closed, the tensors that its thread made while it was open. What another thread
 * is using at that moment is freed when that use ends.
 *
 * <pre>{@code
 * try (var scope = Scope.open()) {
 *   var mean = run.cache().get(PATTERN, 5).mean(KEY);   // freed at the closing brace
 * }
 * }</pre>
 *
 * <p>Without a scope, garbage collection frees tensors at some later time.
 */
public final class Scope implements AutoCloseable {
  private final Frame frame;
  private final Thread thread = Thread.currentThread();

  private Scope() {
    Libtorch.load();
    frame = new Frame();
  }

  public static Scope open() {
    return new Scope();
  }

  /**
   * Computes a tensor and frees all intermediate tensors. The result belongs to the caller's scope.
   */
  public static Tensor result(Supplier<Tensor> computation) {
    Libtorch.load();
    PointerScope outer = PointerScope.getInnerScope();
    try (var inner = new Frame()) {
      Tensor result = computation.get();
      result.handle().move(inner, outer);
      return result;
    }
  }

  /**
   * One step of a chain: computes the next value from the last one, then frees the last one and all
   * intermediate tensors. What an {@link Owner} keeps stays alive. Call it inside the scope that
   * made the first value.
   */
  public static Tensor step(Tensor last, UnaryOperator<Tensor> next) {
    PointerScope outer = PointerScope.getInnerScope();
    Tensor result = result(() -> next.apply(last));
    if (outer instanceof Frame frame && result.handle() != last.handle()) {
      frame.drop(last.handle());
    }
    return result;
  }

  /**
   * @throws IllegalStateException if another thread than the one that opened it calls this
   */
  @Override
  public void close() {
    if (Thread.currentThread() != thread) {
      throw new IllegalStateException(
          "a Scope is closed by the thread that opened it: "
              + thread.getName()
              + ", not "
              + Thread.currentThread().getName());
    }
    frame.close();
  }

  @Override
  public String toString() {
    return "Scope[%d tensors of %s]".formatted(frame.handles.size(), thread.getName());
  }

  /**
   * The scope as JavaCPP sees it. Every native object that is made while it is innermost attaches
   * itself. The tensors among them that became {@link Tensor}s may be in use by other threads, so
   * their handles close them; the others are temporaries, which only this thread knows.
   */
  static final class Frame extends PointerScope {
    private final ArrayList<Pointer> temporaries = new ArrayList<>();
    private final ArrayList<Handle> handles = new ArrayList<>();

    /**
     * Gives a handle the reference to its tensor that the innermost scope holds.
     *
     * @return the scope that now closes the handle; null if garbage collection frees the tensor, or
     *     a scope of JavaCPP's own
     */
    static @Nullable Frame adopting(Handle handle, org.bytedeco.pytorch.Tensor raw) {
      if (!(PointerScope.getInnerScope() instanceof Frame frame) || raw.referenceCount() <= 0) {
        return null;
      }
      int last = frame.temporaries.size() - 1;
      if (last >= 0 && frame.temporaries.get(last) == raw) {
        frame.temporaries.remove(last);
      } else {
        raw.retainReference();
      }
      frame.add(handle);
      return frame;
    }

    void add(Handle handle) {
      handles.add(handle);
    }

    /** Closes one tensor of this scope before the others. */
    void drop(Handle handle) {
      int place = handles.lastIndexOf(handle);
      if (place >= 0) {
        handles.remove(place).closeWith(this);
      }
    }

    @Override
    public PointerScope attach(Pointer made) {
      temporaries.add(made);
      made.retainReference();
      return this;
    }

    @Override
    public void close() {
      for (int i = temporaries.size() - 1; i >= 0; i--) {
        temporaries.get(i).releaseReference();
      }
      temporaries.clear();
      handles.forEach(handle -> handle.closeWith(this));
      handles.clear();
      super.close();
    }
  }
}
