package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.error.FresnelException;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/**
 * Loads libtorch once and sets its number of threads. No other class decides about threads.
 *
 * <p>libtorch and OpenBLAS each have a pool of threads that spin while they wait, so two pools
 * compete for the cores. The threads of one OpenBLAS product also wait for each other many times,
 * so all of them stop when other work takes one core. Therefore both get one thread. Instead,
 * Fresnel splits large operations into parts ({@link Workers}) and runs independent work in
 * parallel ({@link Parallel}), with one thread per core. FRESNEL_THREADS overrides their number.
 */
public final class Libtorch {
  /**
   * Bytes of the largest block that glibc's allocator will keep: 32 MB less 16 KB for its own
   * header.
   */
  private static final long LARGEST_LEARNED = (32 << 20) - (16 << 10);

  private Libtorch() {}

  /** Initializing this class loads libtorch, once per process. */
  private static final class Loaded {
    static {
      workers(); // throws first if FRESNEL_THREADS or FRESNEL_KERNELS is mistyped
      KernelChoice.check();
      NativeCache.choose();
      MemoryLimit.load();
      NativeLibraries.load();
      useHugePages();
      torch.set_num_threads(1);
      keepFreedMemory();
      openblas_nolapack.blas_set_num_threads(1);
    }

    static void load() {}

    /**
     * Lets libtorch ask the system for pages of 2 MB for tensors of 2 MB or more. A processor keeps
     * the addresses of some thousand pages; with pages of 4 KB, one pass over the weights drives
     * out all of them, those of the program's own code too. libtorch looks at the variable when it
     * allocates for the first time.
     */
    private static void useHugePages() {
      torch.set_env("THP_MEM_ALLOC_ENABLE", "1", false); // a user's own setting stays
    }

    /**
     * Makes glibc keep freed memory. By default it returns large blocks to the system and gets them
     * again page by page for the next tensor. Once it has seen a block of up to 32 MB freed, it
     * keeps blocks up to that size. So this allocates and frees one, without touching its pages.
     */
    private static void keepFreedMemory() {
      torch.empty(LARGEST_LEARNED / Float.BYTES).close();
    }
  }

  /**
   * Loads libtorch unless it is loaded.
   *
   * @throws FresnelException if there are no native libraries for this machine, or they cannot be
   *     loaded
   */
  public static void load() {
    try {
      Loaded.load();
    } catch (LinkageError e) {
      throw Natives.unusable(e);
    }
  }

  /**
   * The number of threads for parallel work: FRESNEL_THREADS, or one per core.
   *
   * @throws FresnelException if FRESNEL_THREADS is not a number
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
