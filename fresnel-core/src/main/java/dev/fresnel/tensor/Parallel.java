package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.internal.kernel.Libtorch;
import dev.fresnel.tensor.internal.kernel.Workers;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.bytedeco.pytorch.GradMode;

/**
 * Runs independent computations on several threads: one per core, or the number in FRESNEL_THREADS.
 * The threads do not wait for each other, so other work on the machine slows them only by the share
 * of the cores that it takes.
 */
public final class Parallel {
  private Parallel() {}

  /** The most threads that work on one call. */
  public static int threads() {
    return Libtorch.workers();
  }

  /**
   * Does the work for each item. Items start in the order of the list. A scope belongs to one
   * thread, so the work opens its own and hands results to an {@link Owner}.
   *
   * @param after called with each finished item, on the calling thread, between the items that
   *     thread works on
   * @throws RuntimeException the first exception of the work, once all threads have stopped working
   *     on this call
   */
  public static <T> void forEach(List<T> items, Consumer<T> work, Consumer<T> after) {
    forEach(threads(), items, work, after);
  }

  /**
   * The same, with at most this many items at once. One at a time, each item's operations are split
   * among the cores instead.
   */
  public static <T> void forEach(int most, List<T> items, Consumer<T> work, Consumer<T> after) {
    int threads = Math.min(Math.min(most, threads()), items.size());
    if (threads <= 1) {
      for (T item : items) {
        work.accept(item);
        after.accept(item);
      }
      return;
    }
    new Call<>(items, work, after).run(threads);
  }

  /** The items of one call. The calling thread works on them too. */
  private static final class Call<T> {
    private final List<T> items;
    private final Consumer<T> work;
    private final Consumer<T> after;
    private final AtomicInteger next = new AtomicInteger();
    private final ConcurrentLinkedQueue<T> done = new ConcurrentLinkedQueue<>();
    private final Thread caller = Thread.currentThread();

    Call(List<T> items, Consumer<T> work, Consumer<T> after) {
      this.items = items;
      this.work = work;
      this.after = after;
    }

    void run(int threads) {
      requireUninterrupted();
      Libtorch.load();
      boolean recording = GradMode.is_enabled();
      Runnable part = () -> Workers.onOneThread(() -> recorded(recording));
      Workers.run(Collections.nCopies(threads, part));
      tell();
    }

    /** Records gradients on every thread if the calling thread records them. */
    private void recorded(boolean recording) {
      boolean before = GradMode.is_enabled();
      GradMode.set_enabled(recording);
      try {
        workOff();
      } catch (Throwable e) {
        next.set(items.size());
        throw e;
      } finally {
        GradMode.set_enabled(before);
      }
    }

    private void workOff() {
      boolean tells = Thread.currentThread() == caller;
      int i;
      do {
        if (tells) {
          tell();
          requireUninterrupted();
        }
        i = next.getAndIncrement();
        if (i < items.size()) {
          work.accept(items.get(i));
          done.add(items.get(i));
        }
      } while (i < items.size());
    }

    private void tell() {
      for (T item = done.poll(); item != null; item = done.poll()) {
        after.accept(item);
      }
    }

    private static void requireUninterrupted() {
      if (Thread.currentThread().isInterrupted()) {
        throw new FresnelException("the thread was interrupted before all items were done");
      }
    }
  }
}
