package dev.fresnel.tensor;

import dev.fresnel.tensor.ProductInParts.Product;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The cross-entropy of {@code x W + b} and its derivatives, by rows that fit into the cache: scores
 * are turned into their own derivative where they lie, softmax less one at the target, and used up
 * before the next rows come.
 */
final class AffineCrossEntropy {
  /** Scores at a time, at most: some megabytes. */
  private static final long AT_ONCE = 1 << 21;

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
  private AffineCrossEntropy(
      Tensor x, Tensor weight, @Nullable Tensor bias, Tensor targets, double factor) {
    this.x = x;
    this.weight = weight;
    this.bias = bias;
    this.targets = targets;
    this.factor = factor;
    toX = x.new_empty(x.shape()); // laid out in order, whatever the operands are
    toWeight = weight.new_empty(weight.shape());
    toBias = bias == null ? null : torch.zeros_like(bias);
  }

  static CrossEntropy.OfAffine of(
      dev.fresnel.tensor.Tensor x,
      dev.fresnel.tensor.Tensor weight,
      dev.fresnel.tensor.@Nullable Tensor bias,
      Dim over,
      dev.fresnel.tensor.Tensor targets,
      double factor) {
    var inputDims = new ArrayList<>(targets.dims());
    inputDims.add(over);
    var weightDims = new ArrayList<>(weight.dims());
    weightDims.remove(over);
    weightDims.add(0, over);
    Alignment.requireSameSizes(x, targets);
    Alignment.requireSameSizes(x, weight);
    var input = x.order(inputDims);
    var work =
        new AffineCrossEntropy(
            input.raw().reshape(-1, x.size(over)).detach(),
            weight.order(weightDims).raw().detach(),
            bias == null ? null : bias.raw().detach(),
            targets.raw().reshape(-1, 1),
            factor);
    double loss = work.compute();
    return new CrossEntropy.OfAffine(
        loss,
        new dev.fresnel.tensor.Tensor(work.toX.reshape(input.shape().toArray()), inputDims)
            .order(x.dims()),
        new dev.fresnel.tensor.Tensor(work.toWeight, weightDims).order(weight.dims()),
        bias == null || work.toBias == null
            ? null
            : new dev.fresnel.tensor.Tensor(work.toBias, bias.dims()));
  }

  private double compute() {
    long rows = x.size(0);
    long pieces = 1 + rows * weight.size(1) / AT_ONCE;
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

  /** Adds what some rows give to the derivatives; their losses' sum. */
  private double add(long from, long count) {
    var input = x.narrow(0, from, count);
    var target = targets.narrow(0, from, count);
    var slopes = softmax(input);
    var chosen = slopes.gather(1, target);
    double loss = loss(chosen, input, target);
    slopes.scatter_(1, target, chosen.sub(new Scalar(1)));
    var result = toX.narrow(0, from, count);
    ProductInParts.write(List.of(new Product(result, slopes, weight.t(), null)));
    OneDnn.addProduct(toWeight, input.mul(new Scalar(factor)).t(), slopes, from == 0);
    if (toBias != null) {
      toBias.add_(slopes.sum(0));
    }
    return loss;
  }

  /** The softmax of some rows' scores, where they lie. */
  private Tensor softmax(Tensor input) {
    var scores = ProductInParts.of(input, weight, bias);
    if (!OneDnnKernel.reads(scores) || !OneDnnKernel.isThere()) {
      return scores.softmax(1);
    }
    RowSoftmax.of(scores.data_ptr(), scores.size(0), scores.size(1));
    return scores;
  }

  /** Where a probability is too small for a float32, its logarithm comes from the scores. */
  private double loss(Tensor chosen, Tensor input, Tensor target) {
    if (chosen.min().item_double() > LEAST_PROBABILITY) {
      return -chosen.log().sum().item_double();
    }
    var scores = ProductInParts.of(input, weight, bias);
    return scores.logsumexp(1).sub(scores.gather(1, target).squeeze(1)).sum().item_double();
  }
}
