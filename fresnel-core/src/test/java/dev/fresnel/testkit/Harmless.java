package dev.fresnel.testkit;

import com.sun.management.ThreadMXBean;
import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a reader owes a file from elsewhere, whatever is in it: it reads it or throws a {@link
 * FresnelException} that says something, within 2 seconds of its own time and 256 MB above the
 * level before: on the heap all that it allocates counts, beside it what is resident. Anything else
 * is a finding.
 */
public final class Harmless {
  private static final long MOST_TIME_NS = 2_000_000_000L;
  private static final long MOST_BYTES = 256L << 20;

  /** What is allocated and let go at once, for each byte of a file. */
  private static final long MOST_GARBAGE = 16;

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final boolean HAS_PEAK = Files.isWritable(CLEAR);
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final Path FOLDER = folder();
  private static final AtomicLong COUNT = new AtomicLong();

  /** Reads something that may be malformed. */
  @FunctionalInterface
  public interface Reading {
    void read() throws IOException;
  }

  /** Reads a file that may be malformed. */
  @FunctionalInterface
  public interface FileReading {
    void read(Path file) throws IOException;
  }

  private Harmless() {}

  /** Reads bytes as a file with this ending. */
  public static void requireOfFile(byte[] content, String ending, FileReading reading) {
    Path file = FOLDER.resolve("file-" + COUNT.incrementAndGet() + ending);
    try {
      Files.write(file, content);
      require(() -> reading.read(file), MOST_BYTES + MOST_GARBAGE * content.length);
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads once, and measures what it took. */
  public static void require(Reading reading) {
    require(reading, MOST_BYTES);
  }

  private static void require(Reading reading, long mostAllocated) {
    long resident = peak("VmRSS", true);
    long heap = Runtime.getRuntime().totalMemory();
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    long begun = THREADS.getCurrentThreadCpuTime();
    try {
      reading.read();
    } catch (FresnelException e) {
      if (e.getMessage() == null || e.getMessage().length() < 20) {
        throw new AssertionError("an error that says nothing", e);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    requireAtMost(MOST_TIME_NS, THREADS.getCurrentThreadCpuTime() - begun, "ns of processor time");
    requireAtMost(
        mostAllocated, THREADS.getCurrentThreadAllocatedBytes() - allocated, "bytes on the heap");
    long grown = Math.max(0, Runtime.getRuntime().totalMemory() - heap);
    requireAtMost(
        MOST_BYTES, peak("VmHWM", false) - resident - grown, "bytes more beside the heap");
  }

  private static void requireAtMost(long most, long actual, String what) {
    if (actual > most) {
      throw new AssertionError("took " + actual + " " + what + ", expected at most " + most);
    }
  }

  /** A line of the process's status, in bytes; 0 where the system has none. */
  private static long peak(String line, boolean startAnew) {
    if (!HAS_PEAK) {
      return 0;
    }
    try {
      if (startAnew) {
        Files.writeString(CLEAR, "5");
      }
      for (String one : Files.readAllLines(STATUS)) {
        if (one.startsWith(line + ":")) {
          return Long.parseLong(one.replaceAll("\\D", "")) << 10;
        }
      }
      throw new IllegalStateException("no " + line + " in " + STATUS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path folder() {
    try {
      Path folder = Files.createTempDirectory("fresnel-malformed");
      folder.toFile().deleteOnExit();
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
