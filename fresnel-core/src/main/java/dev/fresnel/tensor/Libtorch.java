package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/**
 * Loads libtorch once and sets its threads: the one place that decides about them.
 *
 * <p>libtorch's own pool and OpenBLAS's pool both spin while they wait, and fight when both are
 * larger than one: everything but matrix products gets one thread. The threads of a product wait
 * for each other many times on its way: where other work holds one core, all of them stand still
 * for it, and two threads on two cores are several times slower than one. So products leave one
 * core to others. FRESNEL_THREADS overrides their number: all cores of a machine that does nothing
 * else.
 */
final class Libtorch {
  private Libtorch() {}

  /** Loaded when first asked for, once in a process. */
  private static final class Loaded {
    static {
      NativeLibraries.load();
      torch.set_num_threads(1);
      openblas_nolapack.blas_set_num_threads(threads());
    }

    static void load() {}
  }

  /**
   * Makes sure that the library is loaded.
   *
   * @throws FresnelException if this machine has no natives, or they cannot be loaded
   */
  static void load() {
    try {
      Loaded.load();
    } catch (LinkageError e) {
      throw Natives.unusable(e);
    }
  }

  /** Threads for work whose parts do not wait for each other: all cores. */
  static int workers() {
    return wanted(Runtime.getRuntime().availableProcessors());
  }

  private static int threads() {
    return wanted(Math.max(1, Runtime.getRuntime().availableProcessors() - 1));
  }

  private static int wanted(int otherwise) {
    String wanted = System.getenv("FRESNEL_THREADS");
    if (wanted == null || wanted.isBlank()) {
      return otherwise;
    }
    try {
      return Math.max(1, Integer.parseInt(wanted.strip()));
    } catch (NumberFormatException e) {
      throw new FresnelException(
          "FRESNEL_THREADS must be a whole number from 1, but is '" + wanted + "'");
    }
  }
}
