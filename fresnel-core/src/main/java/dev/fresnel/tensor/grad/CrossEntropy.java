package dev.fresnel.tensor.grad;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import java.util.ArrayList;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Minus the log probability of what came true, in nats. */
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
    return Tensor.wrap(loss(logits, choice, targets, MEAN));
  }

  /** One number per cell, in the shape of the targets. */
  public static Tensor each(Tensor logits, Dim choice, Tensor targets) {
    var flat = loss(logits, choice, targets, EACH);
    return Tensor.wrap(flat.reshape(targets.shape().toArray()), targets.dims());
  }

  /**
   * A sum of a linear layer's cross-entropies, and its derivatives.
   *
   * @param loss the sum times the factor that was asked for, in nats
   * @param input the derivative with respect to the layer's input, in its shape
   * @param weight the same for its weight
   * @param bias the same for its bias; null where there is none
   */
  public record OfLinear(double loss, Tensor input, Tensor weight, @Nullable Tensor bias) {}

  /**
   * The sum of the cross-entropies of {@code x weight + bias} times a factor, with its derivatives.
   * Nothing is recorded; see {@link Tape#gradients} for the step back from here. The scores of all
   * cells are never in memory at once.
   *
   * @param x the cells' axes and {@code over}
   * @param weight [over, choice]
   * @param bias [choice], or null
   * @param targets which choice came true, int64, with the cells' axes
   * @param factor what the sum is multiplied by: one by the number of cells for the mean
   */
  public static OfLinear ofLinear(
      Tensor x, Tensor weight, @Nullable Tensor bias, Dim over, Tensor targets, double factor) {
    requireIndices(targets, weight.dims());
    if (targets.shape().count() == 0) {
      throw new FresnelException("a loss needs at least one target, there are none: " + targets);
    }
    var found =
        Gradients.unrecorded(() -> Fused.crossEntropy(x, weight, bias, over, targets, factor));
    return new OfLinear(found.loss(), found.toInput(), found.toWeight(), found.toBias());
  }

  private static void requireIndices(Tensor targets, Object choice) {
    if (targets.dtype() != DType.INT64) {
      throw new FresnelException("targets are indices of " + choice + " (int64), not " + targets);
    }
  }

  private static org.bytedeco.pytorch.Tensor loss(
      Tensor logits, Dim choice, Tensor targets, int reduction) {
    var dims = new ArrayList<>(targets.dims());
    dims.add(choice);
    logits.shape().requireAgrees(targets.shape());
    requireIndices(targets, choice);
    try (var equal = new TensorOptional()) {
      return torch.cross_entropy_loss(
          logits.order(dims).unwrap().reshape(-1, logits.size(choice)),
          targets.unwrap().reshape(-1),
          equal,
          reduction,
          IGNORE_NONE,
          0.0);
    }
  }
}
