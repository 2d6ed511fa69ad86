package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Minus the log probability of what came true, in nats: softmax, logarithm and choice in one
 * kernel.
 */
public final class CrossEntropy {
  private static final int EACH = 0;
  private static final int MEAN = 1;

  /** No cell is left out. */
  private static final long IGNORE_NONE = -100;

  private CrossEntropy() {}

  /**
   * The mean over all cells.
   *
   * @param logits scores of every choice, along the axis {@code choice} and one cell a target
   * @param targets which choice came true, int64, with the other axes of the logits
   */
  public static Tensor mean(Tensor logits, Dim choice, Tensor targets) {
    return new Tensor(loss(logits, choice, targets, MEAN), List.of());
  }

  /** One number a cell, in the shape of the targets. */
  public static Tensor each(Tensor logits, Dim choice, Tensor targets) {
    var flat = loss(logits, choice, targets, EACH);
    return new Tensor(flat.reshape(targets.shape().toArray()), targets.dims());
  }

  private static org.bytedeco.pytorch.Tensor loss(
      Tensor logits, Dim choice, Tensor targets, int reduction) {
    var dims = new ArrayList<>(targets.dims());
    dims.add(choice);
    Alignment.requireSameSizes(logits, targets);
    if (targets.dtype() != DType.INT64) {
      throw new FresnelException("targets are indices of " + choice + " (int64), not " + targets);
    }
    try (var equal = new TensorOptional()) {
      return torch.cross_entropy_loss(
          logits.order(dims).raw().reshape(-1, logits.size(choice)),
          targets.raw().reshape(-1),
          equal,
          reduction,
          IGNORE_NONE,
          0.0);
    }
  }
}
