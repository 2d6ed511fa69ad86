package dev.fresnel.tensor.internal.kernel;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.pytorch.GradMode;
import org.jspecify.annotations.Nullable;

/**
 * Worker threads that compute parts of an operation together with the calling thread. The caller
 * computes every part that no worker has started, and waits only once, at the end. So when other
 * processes are busy, an operation takes a little longer, not several times as long.
 *
 * <p>A part may take a tenth of a millisecond, as long as waking a thread. A waiting thread
 * therefore spins for a while before it parks.
 */
public final class Workers {
  /**
   * How long a waiting thread spins before it parks, in nanoseconds: longer than what lies between
   * two large products of one token's pass, so that the second one need not wake it.
   */
  private static final long SPIN_NANOS = 300_000;

  private static final ThreadLocal<Boolean> ALONE = ThreadLocal.withInitial(() -> false);

  private static final ConcurrentLinkedQueue<Job> QUEUE = new ConcurrentLinkedQueue<>();
  private static final ConcurrentLinkedQueue<Thread> PARKED = new ConcurrentLinkedQueue<>();

  static {
    for (int i = 1; i < Libtorch.workers(); i++) {
      var thread = new Thread(Workers::serve, "fresnel-part-" + i);
      thread.setDaemon(true);
      thread.start();
    }
  }

  private Workers() {}

  /**
   * The number of threads for an operation of this thread. It is 1 inside parallel work, where
   * other threads already use the other cores.
   */
  public static int size() {
    return ALONE.get() || KernelChoice.PLAIN ? 1 : Libtorch.workers();
  }

  /**
   * Runs work whose operations are not split into parts, because other threads use the other cores.
   */
  public static void onOneThread(Runnable work) {
    boolean before = ALONE.get();
    ALONE.set(true);
    try {
      work.run();
    } finally {
      ALONE.set(before);
    }
  }

  /**
   * Runs all parts on the calling thread and the workers; returns when all are done.
   *
   * @throws RuntimeException the first exception of a part; an Error is thrown as well
   */
  public static void run(List<? extends Runnable> parts) {
    var job = new Job(parts);
    int wanted = Math.min(parts.size(), size()) - 1; // more entries would find no free worker
    for (int i = 0; i < wanted; i++) {
      QUEUE.add(job);
      Thread parked = PARKED.poll();
      if (parked != null) {
        LockSupport.unpark(parked);
      }
    }
    job.work();
    job.await();
  }

  private static void serve() {
    GradMode.set_enabled(false); // recorded operations are not split
    while (true) {
      Job job = next();
      if (job != null) {
        job.work();
      }
    }
  }

  private static @Nullable Job next() {
    long start = System.nanoTime();
    while (System.nanoTime() - start < SPIN_NANOS) {
      Job job = QUEUE.poll();
      if (job != null) {
        return job;
      }
      Thread.onSpinWait();
    }
    Thread self = Thread.currentThread();
    PARKED.add(self);
    Job job = QUEUE.poll(); // a job may have been added before this thread was listed as parked
    if (job == null) {
      LockSupport.park();
      job = QUEUE.poll();
    }
    PARKED.remove(self);
    return job;
  }

  /** The parts of one operation, and how many of them are unfinished. */
  private static final class Job {
    private final List<? extends Runnable> parts;
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger unfinished;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Thread caller = Thread.currentThread();

    Job(List<? extends Runnable> parts) {
      this.parts = parts;
      unfinished = new AtomicInteger(parts.size());
    }

    void work() {
      for (int i = begun.getAndIncrement(); i < parts.size(); i = begun.getAndIncrement()) {
        try {
          parts.get(i).run();
        } catch (Throwable e) {
          failure.compareAndSet(null, e);
        } finally {
          if (unfinished.decrementAndGet() == 0 && Thread.currentThread() != caller) {
            LockSupport.unpark(caller);
          }
        }
      }
    }

    /**
     * Waits for all parts. It ignores interrupts until then, since workers still write into the
     * caller's memory.
     */
    void await() {
      long start = System.nanoTime();
      boolean interrupted = false;
      while (unfinished.get() > 0) {
        if (System.nanoTime() - start < SPIN_NANOS) {
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
