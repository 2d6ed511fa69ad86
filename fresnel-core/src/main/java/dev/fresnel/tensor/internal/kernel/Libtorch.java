package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.error.FresnelException;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/**
 * Loads libtorch once and sets its threads: the one place that decides about them.
 *
 * <p>libtorch's own pool and OpenBLAS's pool both spin while they wait, and fight when both are
 * larger than one; and the threads of one OpenBLAS product wait for each other many times on its
 * way, so that all of them stand still where other work holds a core. Both get one thread. Large
 * operations are cut into parts instead ({@link Workers}), and other work is done side by side
 * ({@link Parallel}), on as many threads as there are cores; FRESNEL_THREADS overrides their
 * number.
 */
public final class Libtorch {
  /** Bytes; with what is written before a block they may be 32 MB. */
  private static final long LARGEST_LEARNED = (32 << 20) - (16 << 10);

  private Libtorch() {}

  /** Loaded when first asked for, once in a process. */
  private static final class Loaded {
    static {
      workers(); // a mistyped FRESNEL_THREADS or FRESNEL_KERNELS is an error before all else
      KernelChoice.check();
      MemoryLimit.load();
      NativeLibraries.load();
      torch.set_num_threads(1);
      keepFreedMemory();
      openblas_nolapack.blas_set_num_threads(1);
    }

    static void load() {}

    /**
     * glibc gives memory back to the system, and fetches it again page by page for the next tensor,
     * unless it has seen blocks of up to 32 MB come and go: so it sees one, which nobody touches.
     */
    private static void keepFreedMemory() {
      torch.empty(LARGEST_LEARNED / Float.BYTES).close();
    }
  }

  /**
   * Makes sure that the library is loaded.
   *
   * @throws FresnelException if this machine has no natives, or they cannot be loaded
   */
  public static void load() {
    try {
      Loaded.load();
    } catch (LinkageError e) {
      throw Natives.unusable(e);
    }
  }

  /**
   * Threads for work whose parts do not wait for each other: all cores.
   *
   * @throws FresnelException if FRESNEL_THREADS is no number
   */
  public static int workers() {
    String wanted = System.getenv("FRESNEL_THREADS");
    if (wanted == null || wanted.isBlank()) {
      return Runtime.getRuntime().availableProcessors();
    }
    try {
      return Math.max(1, Integer.parseInt(wanted.strip()));
    } catch (NumberFormatException e) {
      throw new FresnelException(
          "FRESNEL_THREADS must be a whole number from 1, but is '" + wanted + "'");
    }
  }
}
