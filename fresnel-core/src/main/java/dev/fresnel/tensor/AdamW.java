package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;

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
            "AdamW needs betas from 0 to below 1, an epsilon above 0 and a weight decay from 0, got "
                + List.of(firstBeta, secondBeta, epsilon, weightDecay));
      }
    }
  }

  private final Settings settings;
  private final List<Tensor> variables;
  private final List<Tensor> means;
  private final List<Tensor> squares;
  private long steps;

  /**
   * Begins, or goes on where another stopped.
   *
   * @param variables what is changed; they and the two lists below belong to the caller
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
    double length = length(gradients);
    double factor = Math.min(1, longest / (length + 1e-6));
    steps++;
    forEachVariable(
        i -> {
          var gradient = gradients.get(i).order(variables.get(i).dims()).raw();
          update(i, factor < 1 ? gradient.mul(new Scalar(factor)) : gradient, rate);
        });
    return length;
  }

  private double length(List<Tensor> gradients) {
    double[] norms = new double[gradients.size()];
    forEachVariable(i -> norms[i] = gradients.get(i).raw().norm().item_double());
    double sum = 0;
    for (double norm : norms) {
      sum += norm * norm;
    }
    return Math.sqrt(sum);
  }

  private void forEachVariable(IntConsumer work) {
    PointsInParts.inParts(
        variables.size(),
        variables.size(),
        (index, one) -> {
          try (var guard = new NoGradGuard()) {
            work.accept((int) index);
          }
        });
  }

  private void update(int index, org.bytedeco.pytorch.Tensor gradient, double rate) {
    var variable = variables.get(index).raw();
    var mean = means.get(index).raw();
    var square = squares.get(index).raw();
    variable.mul_(new Scalar(1 - rate * settings.weightDecay));
    mean.lerp_(gradient, new Scalar(1 - settings.firstBeta));
    square.mul_(new Scalar(settings.secondBeta));
    square.addcmul_(gradient, gradient, new Scalar(1 - settings.secondBeta));
    double firstBias = 1 - Math.pow(settings.firstBeta, steps);
    double secondBias = 1 - Math.pow(settings.secondBeta, steps);
    var root = square.sqrt();
    root.div_(new Scalar(Math.sqrt(secondBias)));
    root.add_(new Scalar(settings.epsilon));
    variable.addcdiv_(mean, root, new Scalar(-rate / firstBias));
  }

  /** Zeros in the shapes of the variables, to begin with; they belong to the caller's scope. */
  public static List<Tensor> zeros(List<Tensor> variables) {
    var zeros = new ArrayList<Tensor>();
    variables.forEach(variable -> zeros.add(Tensor.full(variable.shape(), 0)));
    return zeros;
  }
}
