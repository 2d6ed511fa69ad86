package dev.fresnel.tensor.internal.kernel;

import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.Pointer;

/**
 * Keeps native memory below a limit. The garbage collector does not know how much native memory a
 * tensor holds, so it is called explicitly when the process exceeds the limit.
 *
 * <p>JavaCPP can do this itself: {@value #PROPERTY} sets the limit in bytes. But it asks the system
 * for the process's memory at each new native object, under a lock that all threads share, which
 * takes a seventh of the time of a pass over few tokens. So Fresnel turns JavaCPP's check off, and
 * asks the system only after every 64 MB of new tensors (less if the limit is low). If a program
 * used JavaCPP before Fresnel, JavaCPP's own check stays on.
 */
public final class MemoryLimit {
  private static final String PROPERTY = "org.bytedeco.javacpp.maxPhysicalBytes";

  /** The default limit, in multiples of the largest Java heap: the same as JavaCPP's default. */
  private static final long DEFAULT_HEAPS = 4;

  /** The largest {@link #STEP}, in bytes. */
  private static final long LARGEST_STEP = 64 << 20;

  /** Bytes that a tensor takes besides its numbers, roughly. */
  private static final long OBJECT_BYTES = 1024;

  /** Garbage collections before giving up. */
  private static final int ATTEMPTS = 10;

  /** Time after each of them for tensors to be freed. */
  private static final long PAUSE_MILLIS = 100;

  /** Bytes of the process's memory; 0 for no limit. */
  private static final long LIMIT = takeOver();

  /** Bytes of new tensors between two checks. */
  private static final long STEP = Math.min(LARGEST_STEP, Math.max(1, LIMIT / 16));

  private static final AtomicLong MADE = new AtomicLong();

  private MemoryLimit() {}

  /** Initializes this class, which has to happen before JavaCPP is first used. */
  static void load() {}

  private static long takeOver() {
    String given = System.getProperty(PROPERTY);
    long heap = Runtime.getRuntime().maxMemory();
    System.setProperty(PROPERTY, "0");
    try {
      if (Pointer.maxPhysicalBytes() > 0) {
        return 0;
      }
      return given == null || given.isEmpty()
          ? DEFAULT_HEAPS * heap
          : Pointer.parseBytes(given, heap);
    } finally {
      if (given == null) {
        System.clearProperty(PROPERTY);
      } else {
        System.setProperty(PROPERTY, given);
      }
    }
  }

  /**
   * Counts a new tensor, and checks the limit now and then.
   *
   * @param numbers the number of its elements
   * @throws OutOfMemoryError if the garbage collector cannot bring memory below the limit
   */
  public static void made(long numbers) {
    if (LIMIT > 0 && MADE.addAndGet(numbers * Float.BYTES + OBJECT_BYTES) > STEP) {
      MADE.set(0);
      check();
    }
  }

  private static void check() {
    for (int i = 0; Pointer.physicalBytesInaccurate(LIMIT) > LIMIT; i++) {
      if (i == ATTEMPTS) {
        throw new OutOfMemoryError(
            "native memory is at %d MB, over its limit of %d MB (%s)"
                .formatted(Pointer.physicalBytes() >> 20, LIMIT >> 20, PROPERTY));
      }
      System.gc();
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      Pointer.trimMemory();
    }
  }
}
