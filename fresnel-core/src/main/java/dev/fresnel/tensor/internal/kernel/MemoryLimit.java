package dev.fresnel.tensor.internal.kernel;

import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.Pointer;

/**
 * Keeps native memory below a limit where tensors are left to the garbage collector, which does not
 * know how much they hold: close to the limit it is called.
 *
 * <p>JavaCPP does this itself, {@value #PROPERTY} says at how many bytes, and asks the system at
 * each new native object, behind a lock that all threads share; in a pass over few tokens that is a
 * seventh of the time. So JavaCPP is told that there is no limit, and the system is asked each time
 * that so many bytes of tensors were made. Where a program has used JavaCPP before Fresnel, it
 * stays with JavaCPP's way.
 */
public final class MemoryLimit {
  private static final String PROPERTY = "org.bytedeco.javacpp.maxPhysicalBytes";

  /** What JavaCPP takes where nobody says anything, in Java heaps. */
  private static final long HEAPS = 4;

  private static final long UNWATCHED = 64 << 20;

  /** What a small tensor takes beside its numbers. */
  private static final long OBJECT = 1024;

  private static final int ATTEMPTS = 10;
  private static final long PAUSE_MILLIS = 100;

  private static final long LIMIT = takeOver();
  private static final long STEP = Math.min(UNWATCHED, Math.max(1, LIMIT / 16));
  private static final AtomicLong MADE = new AtomicLong();

  private MemoryLimit() {}

  /** Has to come before JavaCPP is first used. */
  static void load() {}

  private static long takeOver() {
    String given = System.getProperty(PROPERTY);
    long heap = Runtime.getRuntime().maxMemory();
    System.setProperty(PROPERTY, "0");
    try {
      if (Pointer.maxPhysicalBytes() > 0) {
        return 0;
      }
      return given == null || given.isEmpty() ? HEAPS * heap : Pointer.parseBytes(given, heap);
    } finally {
      if (given == null) {
        System.clearProperty(PROPERTY);
      } else {
        System.setProperty(PROPERTY, given);
      }
    }
  }

  /**
   * Counts a new tensor.
   *
   * @param numbers how many it holds
   * @throws OutOfMemoryError if the garbage collector cannot bring memory below the limit
   */
  public static void made(long numbers) {
    if (LIMIT > 0 && MADE.addAndGet(numbers * Float.BYTES + OBJECT) > STEP) {
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
