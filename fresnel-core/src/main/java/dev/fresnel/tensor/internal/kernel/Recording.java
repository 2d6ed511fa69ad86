package dev.fresnel.tensor.internal.kernel;

import java.util.function.Supplier;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Whether libtorch records computations, so that it can differentiate them. */
public final class Recording {
  private Recording() {}

  /** Whether libtorch would record a computation on these operands, on this thread, now. */
  public static boolean isOn(@Nullable Tensor... operands) {
    for (var operand : operands) {
      if (operand != null && operand.requires_grad()) {
        return GradMode.is_enabled();
      }
    }
    return false;
  }

  /** Runs a computation without recording it, even if it reads variables. */
  public static <T> T off(Supplier<T> computation) {
    Libtorch.load();
    try (var guard = new NoGradGuard()) {
      return computation.get();
    }
  }
}
