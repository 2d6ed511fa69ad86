package dev.fresnel.tensor.internal.kernel;

import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One operation's use of native memory. What is taken while it is open is not freed before it is
 * closed, even if another thread, or a hook inside the operation, closes its owner meanwhile.
 *
 * <pre>{@code
 * try (var use = Use.open()) {
 *   return wrap(x.raw().matmul(y.raw()));   // both live until here
 * }
 * }</pre>
 *
 * <p>Nothing ever waits: what is closed while it is used is freed by its last use.
 */
public final class Use implements AutoCloseable {
  private static final ThreadLocal<Use> OF_THREAD = ThreadLocal.withInitial(Use::new);

  /** What the thread's open uses hold; a null is where one of them starts. */
  private final ArrayList<@Nullable Memory> held = new ArrayList<>();

  private Use() {}

  /** Starts a use of this thread; uses may be nested. */
  public static Use open() {
    Use use = OF_THREAD.get();
    use.held.add(null);
    return use;
  }

  /** Whether this thread has a use open. */
  public static boolean isOpen() {
    return !OF_THREAD.get().held.isEmpty();
  }

  /** Ends the use that this thread opened last. */
  @Override
  public void close() {
    Memory last = held.remove(held.size() - 1);
    while (last != null) {
      last.giveBack();
      last = held.remove(held.size() - 1);
    }
  }

  /** Native memory that threads share. It is freed once, when it is closed and nothing uses it. */
  public abstract static class Memory {
    /** Added to {@link #uses} once it is closed. */
    private static final int CLOSED = Integer.MIN_VALUE;

    private static final AtomicIntegerFieldUpdater<Memory> USES =
        AtomicIntegerFieldUpdater.newUpdater(Memory.class, "uses");

    private volatile int uses;

    /** Frees the memory. Called once, by the thread that closes it or by the last that uses it. */
    protected abstract void free();

    /**
     * Holds the memory for this thread's innermost use. Without an open use it only looks.
     *
     * @return false if it is closed
     */
    protected final boolean take() {
      var held = OF_THREAD.get().held;
      if (held.isEmpty()) {
        return !isClosed();
      }
      int before;
      do {
        before = uses;
        if (before < 0) {
          return false;
        }
      } while (!USES.compareAndSet(this, before, before + 1));
      held.add(this);
      return true;
    }

    private void giveBack() {
      if (USES.decrementAndGet(this) == CLOSED) {
        free();
      }
    }

    protected final boolean isClosed() {
      return uses < 0;
    }

    /** Refuses new uses, and frees the memory as soon as no use holds it. Any thread may close. */
    public final void close() {
      int before;
      do {
        before = uses;
        if (before < 0) {
          return;
        }
      } while (!USES.compareAndSet(this, before, before + CLOSED));
      if (before == 0) {
        free();
      }
    }
  }
}
