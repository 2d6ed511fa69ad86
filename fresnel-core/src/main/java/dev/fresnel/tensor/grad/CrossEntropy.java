package dev.fresnel.tensor.grad;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.ArrayList;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Cross-entropy: minus the log probability of the target, in nats. */
public final class CrossEntropy {
  private static final int EACH = 0;
  private static final int MEAN = 1;

  /** The target index that libtorch ignores: none that a caller means, so that none is ignored. */
  private static final long IGNORE_NONE = Long.MIN_VALUE;

  private CrossEntropy() {}

  /**
   * The mean loss over all targets, as a scalar.
   *
   * @param logits scores of all choices along the axis {@code choice}, with the axes of the targets
   * @param targets the index of the right choice, int64, with the other axes of the logits
   */
  public static Tensor mean(Tensor logits, Dim choice, Tensor targets) {
    return Tensor.wrap(loss(logits, choice, targets, MEAN));
  }

  /** One loss per target, in the shape of the targets. */
  public static Tensor each(Tensor logits, Dim choice, Tensor targets) {
    var flat = loss(logits, choice, targets, EACH);
    return Tensor.wrap(flat.reshape(targets.shape().toArray()), targets.dims());
  }

  /**
   * The summed cross-entropy of a linear layer's outputs, with its gradients.
   *
   * @param loss the sum times the given factor, in nats
   * @param input the gradient of the layer's input, in its shape
   * @param weight the gradient of its weight, in its shape
   * @param bias the gradient of its bias; null if it has none
   */
  public record OfLinear(double loss, Tensor input, Tensor weight, @Nullable Tensor bias) {}

  /**
   * The summed cross-entropy of {@code x weight + bias}, times a factor, with its gradients.
   * Nothing is recorded; {@link Tape#gradients} continues backwards from here. The scores are
   * computed a few rows at a time, so they are never all in memory.
   *
   * @param x the targets' axes and {@code over}
   * @param weight [over, choice]
   * @param bias [choice], or null
   * @param targets the index of the right choice, int64
   * @param factor multiplies the sum; 1 / the number of targets gives the mean
   */
  public static OfLinear ofLinear(
      Tensor x, Tensor weight, @Nullable Tensor bias, Dim over, Tensor targets, double factor) {
    requireIndices(targets, weight.dims());
    if (targets.shape().count() == 0) {
      throw new FresnelException("a loss needs at least one target, there are none: " + targets);
    }
    try {
      var found =
          Gradients.unrecorded(() -> Fused.crossEntropy(x, weight, bias, over, targets, factor));
      return new OfLinear(found.loss(), found.toInput(), found.toWeight(), found.toBias());
    } catch (RuntimeException e) {
      throw refused(e, x, targets);
    }
  }

  /** The error of a loss that libtorch does not compute: a target that is no choice, above all. */
  private static FresnelException refused(RuntimeException e, Tensor scored, Tensor targets) {
    if (e instanceof FresnelException known) {
      return known;
    }
    String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return new FresnelException(
        said.contains("out of bounds")
            ? "a target is not the index of a choice: %s for %s".formatted(said, scored)
            : "the loss of %s at %s cannot be computed: %s".formatted(scored, targets, said),
        e);
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
    if (!logits.dtype().isFloatingPoint()) {
      throw new FresnelException(
          "a loss needs floating-point scores, these are %s; convert them with to(DType.FLOAT32)"
              .formatted(logits));
    }
    try (var use = Use.open();
        var equal = new TensorOptional()) {
      return torch.cross_entropy_loss(
          logits.order(dims).unwrap().reshape(-1, logits.size(choice)),
          targets.unwrap().reshape(-1),
          equal,
          reduction,
          IGNORE_NONE,
          0.0);
    } catch (RuntimeException e) {
      throw refused(e, logits, targets);
    }
  }
}
