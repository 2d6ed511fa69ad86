package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.error.FresnelException;

/** The kernels that this process uses, read once from the environment variable FRESNEL_KERNELS. */
final class KernelChoice {
  private static final String VARIABLE = "FRESNEL_KERNELS";

  static final boolean PLAIN = isPlain(System.getenv(VARIABLE));
  static final Kernels CHOSEN = PLAIN ? new PlainKernels() : new FastKernels();

  private KernelChoice() {}

  /**
   * Throws if the variable has an unknown value, by initializing this class. Called when libtorch
   * is loaded, before anything is computed.
   */
  static void check() {}

  static boolean isPlain(@org.jspecify.annotations.Nullable String wanted) {
    if (wanted == null || wanted.isBlank() || wanted.strip().equals("fast")) {
      return false;
    }
    if (wanted.strip().equals("plain")) {
      return true;
    }
    throw new FresnelException(
        VARIABLE
            + " must be 'fast' or 'plain', but is '"
            + wanted
            + "'; leave it out for fast kernels");
  }
}
