package dev.fresnel.tensor.internal.kernel;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.pytorch.GradMode;
import org.jspecify.annotations.Nullable;

/**
 * Threads that compute the parts of one operation beside the caller. The caller takes every part
 * that no other thread has begun, and waits once, at the end: beside other work on the machine an
 * operation takes a little longer, not several times as long.
 *
 * <p>Parts may take a tenth of a millisecond, which is what waking a thread takes. So who waits
 * looks around for that long before it sleeps.
 */
public final class Workers {
  private static final long PATIENCE_NANOS = 100_000;

  private static final ThreadLocal<Boolean> ALONE = ThreadLocal.withInitial(() -> false);

  private static final ConcurrentLinkedQueue<Job> QUEUE = new ConcurrentLinkedQueue<>();
  private static final ConcurrentLinkedQueue<Thread> ASLEEP = new ConcurrentLinkedQueue<>();

  static {
    for (int i = 1; i < Libtorch.workers(); i++) {
      var thread = new Thread(Workers::serve, "fresnel-part-" + i);
      thread.setDaemon(true);
      thread.start();
    }
  }

  private Workers() {}

  /**
   * How many threads there are for an operation of this thread's; one where the thread is itself
   * one of several that work side by side.
   */
  public static int size() {
    return ALONE.get() || KernelChoice.PLAIN ? 1 : Libtorch.workers();
  }

  /** Work whose operations are not cut into parts: other cores have work of their own. */
  public static void withoutHelp(Runnable work) {
    boolean before = ALONE.get();
    ALONE.set(true);
    try {
      work.run();
    } finally {
      ALONE.set(before);
    }
  }

  /**
   * Does every part, on the caller's thread and others, and returns when all are done.
   *
   * @throws RuntimeException what a part threw first; an Error too
   */
  public static void run(List<? extends Runnable> parts) {
    var job = new Job(parts);
    int helpers = Math.min(parts.size(), size()) - 1; // nobody would take more from the queue
    for (int i = 0; i < helpers; i++) {
      QUEUE.add(job);
      Thread sleeper = ASLEEP.poll();
      if (sleeper != null) {
        LockSupport.unpark(sleeper);
      }
    }
    job.work();
    job.await();
  }

  private static void serve() {
    GradMode.set_enabled(false); // what is to be derived is not computed in parts
    while (true) {
      Job job = next();
      if (job != null) {
        job.work();
      }
    }
  }

  private static @Nullable Job next() {
    long start = System.nanoTime();
    while (System.nanoTime() - start < PATIENCE_NANOS) {
      Job job = QUEUE.poll();
      if (job != null) {
        return job;
      }
      Thread.onSpinWait();
    }
    Thread self = Thread.currentThread();
    ASLEEP.add(self);
    Job job = QUEUE.poll(); // one that was added before anyone could see the sleeper
    if (job == null) {
      LockSupport.park();
      job = QUEUE.poll();
    }
    ASLEEP.remove(self);
    return job;
  }

  /** The parts of one operation. */
  private static final class Job {
    private final List<? extends Runnable> parts;
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger missing;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Thread caller = Thread.currentThread();

    Job(List<? extends Runnable> parts) {
      this.parts = parts;
      missing = new AtomicInteger(parts.size());
    }

    void work() {
      for (int i = begun.getAndIncrement(); i < parts.size(); i = begun.getAndIncrement()) {
        try {
          parts.get(i).run();
        } catch (Throwable e) {
          failure.compareAndSet(null, e);
        } finally {
          if (missing.decrementAndGet() == 0 && Thread.currentThread() != caller) {
            LockSupport.unpark(caller);
          }
        }
      }
    }

    /** What others write lies in the caller's memory: there is no leaving before they are done. */
    void await() {
      long start = System.nanoTime();
      boolean interrupted = false;
      while (missing.get() > 0) {
        if (System.nanoTime() - start < PATIENCE_NANOS) {
          Thread.onSpinWait();
        } else {
          LockSupport.park();
          interrupted |= Thread.interrupted();
        }
      }
      if (interrupted) {
        caller.interrupt();
      }
      Throwable failed = failure.get();
      if (failed instanceof Error error) {
        throw error;
      }
      if (failed != null) {
        throw (RuntimeException) failed;
      }
    }
  }
}
