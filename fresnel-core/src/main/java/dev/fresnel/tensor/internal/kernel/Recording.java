package dev.fresnel.tensor.internal.kernel;

import java.util.function.Supplier;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Whether libtorch records what is computed, so that it can be derived. */
public final class Recording {
  private Recording() {}

  /** Whether what is computed from these is recorded: on this thread, at this moment. */
  public static boolean isOn(@Nullable Tensor... operands) {
    for (var operand : operands) {
      if (operand != null && operand.requires_grad()) {
        return GradMode.is_enabled();
      }
    }
    return false;
  }

  /** Computes without recording, also from variables. */
  public static <T> T off(Supplier<T> computation) {
    Libtorch.load();
    try (var guard = new NoGradGuard()) {
      return computation.get();
    }
  }
}
