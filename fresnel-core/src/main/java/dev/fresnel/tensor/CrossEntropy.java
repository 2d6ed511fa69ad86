package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.List;
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
    return new Tensor(loss(logits, choice, targets, MEAN), List.of());
  }

  /** One number a cell, in the shape of the targets. */
  public static Tensor each(Tensor logits, Dim choice, Tensor targets) {
    var flat = loss(logits, choice, targets, EACH);
    return new Tensor(flat.reshape(targets.shape().toArray()), targets.dims());
  }

  /**
   * A sum of an affine layer's cross-entropies, and what it derives to.
   *
   * @param loss the sum times the factor that was asked for, in nats
   * @param input the derivative with respect to the layer's input, in its shape
   * @param weight the same for its weight
   * @param bias the same for its bias; null where there is none
   */
  public record OfAffine(double loss, Tensor input, Tensor weight, @Nullable Tensor bias) {}

  /**
   * The sum of {@code each(x.affine(weight, bias, over), choice, targets)} times a factor, with its
   * derivatives, some cells at a time: the scores of all cells never are in memory. Nothing is
   * recorded; see {@link Tape#gradients} for how derivatives go on from here.
   *
   * @param x the cells' axes and {@code over}
   * @param weight [over, choice]
   * @param bias [choice], or null
   * @param targets which choice came true, int64, with the cells' axes
   * @param factor what the sum is multiplied by: one by the number of cells for the mean
   */
  public static OfAffine ofAffine(
      Tensor x, Tensor weight, @Nullable Tensor bias, Dim over, Tensor targets, double factor) {
    requireIndices(targets, weight.dims());
    if (targets.shape().count() == 0) {
      throw new FresnelException("a loss needs at least one target, there are none: " + targets);
    }
    return Gradients.unrecorded(
        () -> AffineCrossEntropy.of(x, weight, bias, over, targets, factor));
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
    Alignment.requireSameSizes(logits, targets);
    requireIndices(targets, choice);
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
