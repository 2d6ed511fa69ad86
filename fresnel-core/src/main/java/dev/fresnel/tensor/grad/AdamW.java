package dev.fresnel.tensor.grad;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.kernel.Use;
import dev.fresnel.tensor.internal.kernel.Workers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.jspecify.annotations.Nullable;

/**
 * The AdamW optimizer: Adam with decoupled weight decay. Each step changes the variables in place,
 * by the same formula as PyTorch's {@code torch.optim.AdamW}. It is the only class of the API that
 * changes a tensor's numbers.
 *
 * <p>Source: Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization".
 */
public final class AdamW {
  /**
   * @param firstBeta the decay rate of the running mean of gradients, from 0 to below 1
   * @param secondBeta the decay rate of the running mean of squared gradients, from 0 to below 1
   * @param epsilon added to the root of the mean square, above 0
   * @param weightDecay each step multiplies a weight by 1 minus this times the learning rate
   */
  public record Settings(double firstBeta, double secondBeta, double epsilon, double weightDecay) {
    public Settings {
      boolean betas = firstBeta >= 0 && firstBeta < 1 && secondBeta >= 0 && secondBeta < 1;
      if (!betas || !(epsilon > 0) || !(weightDecay >= 0)) {
        throw new FresnelException(
            "AdamW needs betas from 0 to below 1, an epsilon above 0 and a weight decay from 0, got"
                + " "
                + List.of(firstBeta, secondBeta, epsilon, weightDecay));
      }
    }
  }

  /** Numbers per block: 256 KB of float32 per tensor, so that a block stays in the cache. */
  private static final long BLOCK_SIZE = 1 << 16;

  private final Settings settings;
  private final List<Tensor> variables;
  private final List<Tensor> means;
  private final List<Tensor> squares;
  private long steps;

  /**
   * Starts anew, or continues from saved state.
   *
   * @param variables the tensors to change, laid out in the order of their axes; the caller owns
   *     them and the two lists below
   * @param means running means of the gradients, one per variable in its shape; zeros at the start;
   *     changed in place
   * @param squares running means of the squared gradients, likewise
   * @param steps steps taken so far
   */
  public AdamW(
      Settings settings,
      List<Tensor> variables,
      List<Tensor> means,
      List<Tensor> squares,
      long steps) {
    this.settings = settings;
    this.variables = List.copyOf(variables);
    this.means = List.copyOf(means);
    this.squares = List.copyOf(squares);
    this.steps = steps;
    if (means.size() != variables.size() || squares.size() != variables.size()) {
      throw new FresnelException(
          "the optimizer's state has one mean and one square per variable: there are %d variables, %d means, %d squares"
              .formatted(variables.size(), means.size(), squares.size()));
    }
    for (int i = 0; i < variables.size(); i++) {
      if (!means.get(i).shape().equals(variables.get(i).shape())
          || !squares.get(i).shape().equals(variables.get(i).shape())) {
        throw new FresnelException(
            "the optimizer's state must have the shape of its variable %s; the mean is %s, the square %s"
                .formatted(variables.get(i).shape(), means.get(i).shape(), squares.get(i).shape()));
      }
    }
  }

  public long steps() {
    return steps;
  }

  /**
   * Takes one step.
   *
   * @param gradients one per variable, in its shape
   * @param rate the learning rate
   * @param longest the largest allowed norm of all gradients together; infinite for no clipping
   * @return the norm of all gradients together, before clipping
   */
  public double step(List<Tensor> gradients, double rate, double longest) {
    return stepBySum(List.of(gradients), rate, longest);
  }

  /**
   * Takes one step with the sum of several lists of gradients.
   *
   * @param shares one or more lists of gradients; the sums overwrite the tensors of the first list
   */
  public double stepBySum(List<List<Tensor>> shares, double rate, double longest) {
    var blocks = new ArrayList<Chunk>();
    var sums = new HashSet<Long>();
    for (int i = 0; i < variables.size(); i++) {
      var variable = variables.get(i);
      var gradients = new ArrayList<Tensor>();
      for (var share : shares) {
        gradients.add(ordered(share, i).contiguous());
      }
      if (!sums.add(address(gradients.get(0)))) {
        gradients.set(0, gradients.get(0).copy()); // two variables may share one gradient tensor
      }
      for (long from = 0; from < variable.shape().count(); from += BLOCK_SIZE) {
        blocks.add(new Chunk(i, gradients, from));
      }
    }
    Workers.run(blocks.stream().<Runnable>map(block -> block::sum).toList());
    double length = Math.sqrt(blocks.stream().mapToDouble(block -> block.squares).sum());
    steps++;
    var change = Change.of(settings, Math.min(1, longest / (length + 1e-6)), rate, steps);
    Workers.run(blocks.stream().<Runnable>map(block -> () -> block.change(change)).toList());
    return length;
  }

  private static long address(Tensor tensor) {
    try (var use = Use.open()) {
      return tensor.unwrap().data_ptr().address();
    }
  }

  private Tensor ordered(List<Tensor> share, int index) {
    var variable = variables.get(index);
    if (share.size() != variables.size()) {
      throw new FresnelException(
          "a step needs one gradient per variable: there are %d variables, %d gradients"
              .formatted(variables.size(), share.size()));
    }
    Tensor gradient = share.get(index).order(variable.dims());
    if (!gradient.shape().equals(variable.shape())) {
      throw new FresnelException(
          "the gradient of %s must have its shape, not %s".formatted(variable, gradient.shape()));
    }
    return gradient;
  }

  /** The factors of one step, as scalars in the caller's scope. */
  private record Change(
      @Nullable Scalar clip,
      @Nullable Scalar decay,
      Scalar newMean,
      Scalar oldSquare,
      Scalar newSquare,
      Scalar epsilon,
      Scalar rate) {

    /**
     * Adam corrects the means for their start at zero. The correction is applied to the rate and to
     * epsilon, not to each number.
     */
    static Change of(Settings settings, double factor, double rate, long steps) {
      double firstBias = 1 - Math.pow(settings.firstBeta, steps);
      double secondRoot = Math.sqrt(1 - Math.pow(settings.secondBeta, steps));
      return new Change(
          factor < 1 ? new Scalar(factor) : null,
          settings.weightDecay > 0 ? new Scalar(1 - rate * settings.weightDecay) : null,
          new Scalar(1 - settings.firstBeta),
          new Scalar(settings.secondBeta),
          new Scalar(1 - settings.secondBeta),
          new Scalar(settings.epsilon * secondRoot),
          new Scalar(-rate * secondRoot / firstBias));
    }
  }

  /** A block of one variable's numbers, small enough to stay in the cache between operations. */
  private final class Chunk {
    private final int index;
    private final List<Tensor> gradients;
    private final long from;

    /** The sum of the block's squared gradients. */
    private double squares;

    Chunk(int index, List<Tensor> gradients, long from) {
      this.index = index;
      this.gradients = gradients;
      this.from = from;
    }

    /** Adds the other gradients to the first, and sums its squares. */
    void sum() {
      try (var use = Use.open();
          var scope = new PointerScope();
          var guard = new NoGradGuard()) {
        var gradient = numbers(gradients.get(0));
        for (Tensor more : gradients.subList(1, gradients.size())) {
          gradient.add_(numbers(more));
        }
        squares = Math.pow(gradient.norm().item_double(), 2);
      }
    }

    void change(Change factors) {
      try (var use = Use.open();
          var scope = new PointerScope();
          var guard = new NoGradGuard()) {
        var variable = numbers(variables.get(index));
        var mean = numbers(means.get(index));
        var square = numbers(AdamW.this.squares.get(index));
        var gradient = numbers(gradients.get(0));
        if (factors.clip != null) {
          gradient = gradient.mul(factors.clip);
        }
        if (factors.decay != null) {
          variable.mul_(factors.decay);
        }
        mean.lerp_(gradient, factors.newMean);
        square.mul_(factors.oldSquare);
        square.addcmul_(gradient, gradient, factors.newSquare);
        var root = square.sqrt();
        root.add_(factors.epsilon);
        variable.addcdiv_(mean, root, factors.rate);
      }
    }

    private org.bytedeco.pytorch.Tensor numbers(Tensor whole) {
      long length = Math.min(BLOCK_SIZE, whole.shape().count() - from);
      return whole.unwrap().view(-1).narrow(0, from, length);
    }
  }

  /**
   * Zeros in the shapes of the variables, for the initial means and squares. They belong to the
   * caller's scope.
   */
  public static List<Tensor> zeros(List<Tensor> variables) {
    var zeros = new ArrayList<Tensor>();
    variables.forEach(variable -> zeros.add(Tensor.full(variable.shape(), 0)));
    return zeros;
  }

  @Override
  public String toString() {
    return "AdamW[%d variables, %d steps, %s]".formatted(variables.size(), steps, settings);
  }
}
