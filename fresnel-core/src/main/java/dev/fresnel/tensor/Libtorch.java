package dev.fresnel.tensor;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/**
 * Loads libtorch once and sets its threads: the one place that decides about them.
 *
 * <p>libtorch's own pool and OpenBLAS's pool both spin while they wait, and fight when both are
 * larger than one: matrix products get all cores, everything else one. FRESNEL_THREADS overrides the
 * number of threads for products. docs/decisions/002-threads.md has the measurements.
 */
final class Libtorch {
  private Libtorch() {}

  static {
    Loader.load(torch.class);
    torch.set_num_threads(1);
    openblas_nolapack.blas_set_num_threads(threads());
  }

  /** Does nothing but make sure that the library is loaded. */
  static void load() {}

  private static int threads() {
    String wanted = System.getenv("FRESNEL_THREADS");
    int cores = Runtime.getRuntime().availableProcessors();
    if (wanted == null || wanted.isBlank()) {
      return cores;
    }
    try {
      return Math.max(1, Integer.parseInt(wanted.strip()));
    } catch (NumberFormatException e) {
      throw new dev.fresnel.error.FresnelException(
          "FRESNEL_THREADS must be a whole number from 1, but is '" + wanted + "'");
    }
  }
}
