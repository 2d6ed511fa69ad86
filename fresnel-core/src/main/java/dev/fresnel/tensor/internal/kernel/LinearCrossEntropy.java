package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.tensor.internal.kernel.Kernels.Layer;
import dev.fresnel.tensor.internal.kernel.Kernels.LossGradients;
import dev.fresnel.tensor.internal.kernel.Matmul.Product;
import dev.fresnel.tensor.internal.kernel.OneDnnPrimitive.Address;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The cross-entropy of {@code x W + b} and its gradients, a block of rows at a time. The scores of
 * a block are replaced in place by their gradient, the softmax minus one at the target, which is
 * used before the next block is computed.
 */
final class LinearCrossEntropy {
  /** The most scores per block: 8 MB of float32. */
  private static final long MOST_SCORES = 1 << 21;

  /** Below this probability, float32 has too few digits for an accurate logarithm. */
  private static final double LEAST_PROBABILITY = 1e-30;

  private final Tensor x;
  private final Tensor weight;
  private final @Nullable Tensor bias;
  private final Tensor targets;
  private final double factor;
  private final Tensor toX;
  private final Tensor toWeight;
  private final @Nullable Tensor toBias;

  /**
   * @param x [rows, summed]
   * @param weight [summed, choices]
   * @param bias [choices]
   * @param targets [rows]
   */
  private LinearCrossEntropy(
      Tensor x, Tensor weight, @Nullable Tensor bias, Tensor targets, double factor) {
    this.x = x;
    this.weight = weight;
    this.bias = bias;
    this.targets = targets;
    this.factor = factor;
    toX = x.new_empty(x.shape()); // contiguous, whatever the layout of the operands
    toWeight = weight.new_empty(weight.shape());
    toBias = bias == null ? null : torch.zeros_like(bias);
  }

  /** See {@link Kernels#crossEntropy} for the shapes. */
  static LossGradients of(Tensor x, Layer layer, Tensor targets, double factor) {
    var bias = layer.bias();
    var work =
        new LinearCrossEntropy(
            x.detach(),
            layer.weight().detach(),
            bias == null ? null : bias.detach(),
            targets.reshape(-1, 1),
            factor);
    double loss = work.compute();
    return new LossGradients(loss, work.toX, work.toWeight, work.toBias);
  }

  private double compute() {
    long rows = x.size(0);
    long pieces = 1 + rows * weight.size(1) / MOST_SCORES;
    long step = (rows + pieces - 1) / pieces;
    double sum = 0;
    for (long from = 0; from < rows; from += step) {
      try (var scope = new PointerScope()) {
        sum += add(from, Math.min(step, rows - from));
      }
    }
    toX.mul_(new Scalar(factor));
    if (toBias != null) {
      toBias.mul_(new Scalar(factor));
    }
    return sum * factor;
  }

  /** Adds the gradients of a block of rows; returns the sum of their losses. */
  private double add(long from, long count) {
    var input = x.narrow(0, from, count);
    var target = targets.narrow(0, from, count);
    var gradients = softmax(input);
    var chosen = gradients.gather(1, target);
    double loss = loss(chosen, input, target);
    gradients.scatter_(1, target, chosen.sub(new Scalar(1)));
    var result = toX.narrow(0, from, count);
    Matmul.write(List.of(new Product(result, gradients, weight.t(), null)));
    OneDnnMatmul.addProduct(toWeight, input.mul(new Scalar(factor)).t(), gradients, from == 0);
    if (toBias != null) {
      toBias.add_(gradients.sum(0));
    }
    return loss;
  }

  /** The softmax of a block's scores, in place if oneDNN can compute it. */
  private Tensor softmax(Tensor input) {
    var scores = Matmul.of(input, weight, bias);
    if (!OneDnnPrimitive.reads(scores) || !OneDnnPrimitive.isThere()) {
      return scores.softmax(1);
    }
    RowSoftmax.of(Address.of(scores), scores.size(0), scores.size(1));
    return scores;
  }

  /**
   * The sum of the losses. If a probability is too small, computes them from the scores instead.
   */
  private double loss(Tensor chosen, Tensor input, Tensor target) {
    if (chosen.min().item_double() > LEAST_PROBABILITY) {
      return -chosen.log().sum().item_double();
    }
    var scores = Matmul.of(input, weight, bias);
    return scores.logsumexp(1).sub(scores.gather(1, target).squeeze(1)).sum().item_double();
  }
}
