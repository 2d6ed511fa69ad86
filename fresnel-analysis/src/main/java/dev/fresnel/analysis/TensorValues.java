package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The numbers of a tensor as Java values, with the names of its axes and their statistics. It stays
 * when the tensor is closed.
 */
public final class TensorValues {
  private final List<Axis> axes;
  private final float[] values;
  private final Statistics statistics;

  /**
   * One axis.
   *
   * @param name such as {@code head} or {@code d_model}
   * @param size how many indices it has
   */
  public record Axis(String name, int size) {}

  /**
   * What the numbers are like. Least, greatest, mean and deviation are those of the finite ones;
   * NaN where there is none.
   *
   * @param count how many numbers there are
   * @param least the least finite one
   * @param greatest the greatest finite one
   * @param mean the mean of the finite ones
   * @param deviation their standard deviation: the root of the mean squared distance from the mean
   * @param nan how many are NaN
   * @param infinite how many are infinite
   */
  public record Statistics(
      long count,
      double least,
      double greatest,
      double mean,
      double deviation,
      long nan,
      long infinite) {
    static Statistics of(float[] values) {
      double least = Double.NaN;
      double greatest = Double.NaN;
      double sum = 0;
      long nan = 0;
      long infinite = 0;
      for (float value : values) {
        if (Float.isNaN(value)) {
          nan++;
        } else if (Float.isInfinite(value)) {
          infinite++;
        } else {
          sum += value;
          least = value < least || Double.isNaN(least) ? value : least;
          greatest = value > greatest || Double.isNaN(greatest) ? value : greatest;
        }
      }
      long finite = values.length - nan - infinite;
      double mean = sum / finite;
      double squares = 0;
      for (float value : values) {
        squares += Float.isFinite(value) ? (value - mean) * (value - mean) : 0;
      }
      return new Statistics(
          values.length, least, greatest, mean, Math.sqrt(squares / finite), nan, infinite);
    }
  }

  private TensorValues(List<Axis> axes, float[] values) {
    this.axes = List.copyOf(axes);
    this.values = values;
    this.statistics = Statistics.of(values);
  }

  /**
   * The numbers of a tensor, whole numbers and small floats as 32-bit floats.
   *
   * @throws FresnelException if the tensor is closed or has no numbers
   */
  public static TensorValues of(Tensor tensor) {
    var axes = new ArrayList<Axis>();
    for (Dim dim : tensor.dims()) {
      axes.add(new Axis(dim.name(), Math.toIntExact(tensor.size(dim))));
    }
    try (var scope = Scope.open()) {
      float[] values = tensor.to(DType.FLOAT32).floats();
      if (values.length == 0) {
        throw new FresnelException(
            "the tensor %s has no numbers to show: one of its axes has size 0; give a slice that is not empty"
                .formatted(tensor));
      }
      return new TensorValues(axes, values);
    }
  }

  /**
   * Numbers of your own.
   *
   * @param axes outermost first
   * @param values outermost axis first
   * @throws FresnelException if there are not as many values as the axes say
   */
  public static TensorValues of(List<Axis> axes, float... values) {
    long expected = axes.stream().mapToLong(Axis::size).reduce(1, (a, b) -> a * b);
    if (expected != values.length || expected == 0) {
      throw new FresnelException(
          "axes of %s need %d values, at least one; got %d"
              .formatted(axes, expected, values.length));
    }
    return new TensorValues(axes, values.clone());
  }

  /** The axes, outermost first; empty for a single number. */
  public List<Axis> axes() {
    return axes;
  }

  public Statistics statistics() {
    return statistics;
  }

  /** How many numbers there are. */
  public int size() {
    return values.length;
  }

  /**
   * One number.
   *
   * @param at its place, the outermost axis first
   */
  public float at(int at) {
    return values[at];
  }

  @Override
  public String toString() {
    return "TensorValues%s %s".formatted(axes, statistics);
  }
}
