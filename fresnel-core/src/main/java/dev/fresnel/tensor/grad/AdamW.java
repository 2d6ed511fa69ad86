package dev.fresnel.tensor.grad;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.kernel.Workers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.jspecify.annotations.Nullable;

/**
 * Changes variables in place so that a value falls: Adam with decoupled weight decay, step for step
 * PyTorch's {@code torch.optim.AdamW}. The only thing in Fresnel that changes numbers in place.
 *
 * <p>Source: Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization".
 */
public final class AdamW {
  /**
   * @param firstBeta how much of the mean gradient a step keeps
   * @param secondBeta how much of the mean square a step keeps
   * @param epsilon what is added to the root of the mean square
   * @param weightDecay what share of a number a step takes away, times the rate
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

  /** So many numbers are changed at a time. */
  private static final long AT_ONCE = 1 << 16;

  private final Settings settings;
  private final List<Tensor> variables;
  private final List<Tensor> means;
  private final List<Tensor> squares;
  private long steps;

  /**
   * Begins, or goes on where another stopped.
   *
   * @param variables what is changed, laid out in the order of their axes; they and the two lists
   *     below belong to the caller
   * @param means mean gradients, in the variables' shapes: zeros at the beginning; changed in place
   * @param squares mean squares, the same
   * @param steps how many steps were taken
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
    for (int i = 0; i < variables.size(); i++) {
      if (!means.get(i).shape().equals(variables.get(i).shape())
          || !squares.get(i).shape().equals(variables.get(i).shape())) {
        throw new FresnelException("the optimizer's state does not fit " + variables.get(i));
      }
    }
  }

  public long steps() {
    return steps;
  }

  /**
   * Takes one step.
   *
   * @param gradients one a variable, in its shape
   * @param rate how far
   * @param longest what the gradients' common length is cut to; infinite for never
   * @return the gradients' common length before it was cut
   */
  public double step(List<Tensor> gradients, double rate, double longest) {
    return stepBySum(List.of(gradients), rate, longest);
  }

  /**
   * The same, by the sum of several lists of gradients.
   *
   * @param shares one or more lists; the numbers of the first become the sums
   */
  public double stepBySum(List<List<Tensor>> shares, double rate, double longest) {
    var blocks = new ArrayList<Block>();
    var sums = new HashSet<Long>();
    for (int i = 0; i < variables.size(); i++) {
      var variable = variables.get(i);
      var gradients = new ArrayList<Tensor>();
      for (var share : shares) {
        gradients.add(share.get(i).order(variable.dims()).contiguous());
      }
      if (!sums.add(gradients.get(0).unwrap().data_ptr().address())) {
        gradients.set(0, gradients.get(0).copy()); // two variables may have one gradient
      }
      for (long from = 0; from < variable.shape().count(); from += AT_ONCE) {
        blocks.add(new Block(i, gradients, from));
      }
    }
    Workers.run(blocks.stream().<Runnable>map(block -> block::sum).toList());
    double length = Math.sqrt(blocks.stream().mapToDouble(block -> block.squares).sum());
    steps++;
    var change = Change.of(settings, Math.min(1, longest / (length + 1e-6)), rate, steps);
    Workers.run(blocks.stream().<Runnable>map(block -> () -> block.change(change)).toList());
    return length;
  }

  /** One step's factors, in the caller's scope. */
  private record Change(
      @Nullable Scalar cut,
      @Nullable Scalar decay,
      Scalar newMean,
      Scalar oldSquare,
      Scalar newSquare,
      Scalar epsilon,
      Scalar rate) {

    /** The means begin with zeros, which is made good for: in the rate, not number by number. */
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

  /** Some numbers of one variable, so few that the cache holds them from one pass to the next. */
  private final class Block {
    private final int index;
    private final List<Tensor> gradients;
    private final long from;

    /** The sum of the gradient's squares. */
    private double squares;

    Block(int index, List<Tensor> gradients, long from) {
      this.index = index;
      this.gradients = gradients;
      this.from = from;
    }

    /** Adds the other gradients to the first. */
    void sum() {
      try (var scope = new PointerScope();
          var guard = new NoGradGuard()) {
        var slope = some(gradients.get(0));
        for (Tensor more : gradients.subList(1, gradients.size())) {
          slope.add_(some(more));
        }
        squares = Math.pow(slope.norm().item_double(), 2);
      }
    }

    void change(Change by) {
      try (var scope = new PointerScope();
          var guard = new NoGradGuard()) {
        var variable = some(variables.get(index));
        var mean = some(means.get(index));
        var square = some(AdamW.this.squares.get(index));
        var slope = some(gradients.get(0));
        if (by.cut != null) {
          slope = slope.mul(by.cut);
        }
        if (by.decay != null) {
          variable.mul_(by.decay);
        }
        mean.lerp_(slope, by.newMean);
        square.mul_(by.oldSquare);
        square.addcmul_(slope, slope, by.newSquare);
        var root = square.sqrt();
        root.add_(by.epsilon);
        variable.addcdiv_(mean, root, by.rate);
      }
    }

    private org.bytedeco.pytorch.Tensor some(Tensor whole) {
      long length = Math.min(AT_ONCE, whole.shape().count() - from);
      return whole.unwrap().view(-1).narrow(0, from, length);
    }
  }

  /** Zeros in the shapes of the variables, to begin with; they belong to the caller's scope. */
  public static List<Tensor> zeros(List<Tensor> variables) {
    var zeros = new ArrayList<Tensor>();
    variables.forEach(variable -> zeros.add(Tensor.full(variable.shape(), 0)));
    return zeros;
  }
}
