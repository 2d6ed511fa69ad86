package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Computations that need nothing of each other, on as many threads as there are cores, or as
 * FRESNEL_THREADS says. Such threads do not wait for each other, so other work on the machine slows
 * them by its own share and no more.
 */
public final class SideBySide {
  private SideBySide() {}

  /** How many threads work for one call at most. */
  public static int threads() {
    return Libtorch.workers();
  }

  /**
   * Does the work for each item, in order of the list as far as threads are free. Scopes belong to
   * threads: the work opens its own, and hands results to an {@link Owner}.
   *
   * @param after told of each item that is done, on the calling thread
   * @throws RuntimeException what the work threw first, after all threads have ended
   */
  public static <T> void forEach(List<T> items, Consumer<T> work, Consumer<T> after) {
    int threads = Math.min(threads(), items.size());
    if (threads <= 1) {
      for (T item : items) {
        work.accept(item);
        after.accept(item);
      }
      return;
    }
    new Call<>(items, work).run(threads, after);
  }

  /** A thread whose operations are not cut into parts: the other cores have work of their own. */
  static final class Worker extends Thread {
    private Worker(Runnable work, String name) {
      super(work, name);
    }
  }

  /** The threads of one call. */
  private static final class Call<T> {
    private record Done<T>(T item, @Nullable Throwable failure) {}

    private final List<T> items;
    private final Consumer<T> work;
    private final AtomicInteger next = new AtomicInteger();
    private final LinkedBlockingQueue<Done<T>> done = new LinkedBlockingQueue<>();

    Call(List<T> items, Consumer<T> work) {
      this.items = items;
      this.work = work;
    }

    void run(int count, Consumer<T> after) {
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < count; i++) {
        var thread = new Worker(this::workOff, "fresnel-" + i);
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
      }
      boolean interrupted = false;
      try {
        for (int i = 0; i < items.size(); i++) {
          Done<T> one = done.take();
          if (one.failure != null) {
            throw rethrown(one.failure);
          }
          after.accept(one.item);
        }
      } catch (InterruptedException e) {
        interrupted = true;
        throw new FresnelException("the thread was interrupted while it waited for others", e);
      } finally {
        next.set(items.size());
        threads.forEach(Call::join);
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    private void workOff() {
      for (int i = next.getAndIncrement(); i < items.size(); i = next.getAndIncrement()) {
        T item = items.get(i);
        try {
          work.accept(item);
          done.add(new Done<>(item, null));
        } catch (Throwable e) {
          done.add(new Done<>(item, e));
          return;
        }
      }
    }

    private static RuntimeException rethrown(Throwable failure) {
      if (failure instanceof Error error) {
        throw error;
      }
      return (RuntimeException) failure;
    }

    /** What they use is freed afterwards, so there is no leaving before they have ended. */
    private static void join(Thread thread) {
      boolean interrupted = false;
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
