package dev.fresnel.testkit;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.assertj.core.api.AbstractAssert;

/**
 * Compares the numbers of a tensor with expected ones, in a single loop. AssertJ's own {@code
 * containsExactly} takes time that grows with the square of the count.
 *
 * <p>Two NaN are equal, and so are two infinities of one sign; any other difference from one of
 * them is an error without bound.
 */
public final class TensorAssert extends AbstractAssert<TensorAssert, Object> {
  private static final Dim INDEX = new Dim("index");

  private final Shape shape;
  private final float[] numbers;

  private TensorAssert(Object actual, Shape shape, float[] numbers) {
    super(actual, TensorAssert.class);
    this.shape = shape;
    this.numbers = numbers;
  }

  public static TensorAssert assertThat(Tensor actual) {
    return new TensorAssert(actual, actual.shape(), actual.floats());
  }

  /** Bears a name of its own because AssertJ has an {@code assertThat(float[])} too. */
  public static TensorAssert assertThatNumbers(float... actual) {
    return new TensorAssert(actual, Shape.of(INDEX, actual.length), actual);
  }

  /** The names of all dimensions, outermost first. */
  public TensorAssert hasDims(Dim... expected) {
    if (!shape.dims().equals(List.of(expected))) {
      failWithMessage("%s", "is " + shape + ", expected the dimensions " + List.of(expected));
    }
    return this;
  }

  public TensorAssert hasShape(Shape expected) {
    return requireSizes(shape.equals(expected), expected.toString());
  }

  /** Every number is within {@code tolerance * (1 + |expected|)} of the expected one. */
  public TensorAssert isCloseTo(Tensor expected, double tolerance) {
    return hasShape(expected.shape()).isCloseTo(expected.floats(), tolerance);
  }

  /** The same against golden numbers, whose dimensions have sizes but no names. */
  public TensorAssert isCloseTo(Golden.Numbers expected, double tolerance) {
    return requireSizes(
            Arrays.equals(shape.toArray(), expected.shape()), Arrays.toString(expected.shape()))
        .isCloseTo(expected.values(), tolerance);
  }

  /** The same against numbers in the order of the dimensions. */
  public TensorAssert isCloseTo(float[] expected, double tolerance) {
    return compare(expected, number -> tolerance * (1 + Math.abs(number)));
  }

  /** Every number is within {@code tolerance} of the expected one. */
  public TensorAssert isWithin(double tolerance, Tensor expected) {
    return hasShape(expected.shape()).isWithin(tolerance, expected.floats());
  }

  /** The same against numbers in the order of the dimensions. */
  public TensorAssert isWithin(double tolerance, float... expected) {
    return compare(expected, number -> tolerance);
  }

  /** Every number is within {@code share} times the largest expected magnitude. */
  public TensorAssert isWithinShareOfLargest(double share, Tensor expected) {
    float[] values = expected.floats();
    double largest = 0;
    for (float number : values) {
      largest = Float.isFinite(number) ? Math.max(largest, Math.abs(number)) : largest;
    }
    double tolerance = share * largest;
    return hasShape(expected.shape()).compare(values, number -> tolerance);
  }

  /** Every number is this one, within {@code tolerance}. */
  public TensorAssert isEverywhere(float expected, double tolerance) {
    float[] values = new float[numbers.length];
    Arrays.fill(values, expected);
    return compare(values, number -> tolerance);
  }

  private TensorAssert requireSizes(boolean same, String expected) {
    if (!same) {
      failWithMessage("%s", "is " + shape + ", expected " + expected);
    }
    return this;
  }

  private TensorAssert compare(float[] expected, DoubleUnaryOperator allowed) {
    requireSizes(expected.length == numbers.length, expected.length + " numbers");
    int first = -1;
    int worst = -1;
    int count = 0;
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      double ratio = error(i, expected) / allowed.applyAsDouble(expected[i]);
      if (Double.isNaN(ratio)) { // 0 of 0 allowed, or an infinity of an infinity allowed
        ratio = error(i, expected) == 0 ? 0 : Double.POSITIVE_INFINITY;
      }
      if (ratio > largest) {
        largest = ratio;
        worst = i;
      }
      if (ratio > 1) {
        count++;
        first = first < 0 ? i : first;
      }
    }
    if (count > 0) {
      failWithMessage(
          "%s: %s, where %.1e is allowed.%n%d of %d numbers of %s differ too much, most of all %s.",
          at(first),
          difference(first, expected),
          allowed.applyAsDouble(expected[first]),
          count,
          numbers.length,
          shape,
          at(worst) + ": " + difference(worst, expected));
    }
    return this;
  }

  private double error(int i, float[] expected) {
    if (Float.compare(expected[i], numbers[i]) == 0) {
      return 0;
    }
    double error = Math.abs((double) expected[i] - numbers[i]);
    return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
  }

  private String difference(int i, float[] expected) {
    return "is %s, expected %s, an error of %.1e"
        .formatted(numbers[i], expected[i], error(i, expected));
  }

  /** An index into the numbers by the names of the dimensions, as in "[head 3, pos 0]". */
  private String at(int index) {
    long[] sizes = shape.toArray();
    long[] place = new long[sizes.length];
    long rest = index;
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      place[axis] = rest % sizes[axis];
      rest /= sizes[axis];
    }
    var at = Shape.SCALAR;
    for (int axis = 0; axis < place.length; axis++) {
      at = at.and(shape.dims().get(axis), place[axis]);
    }
    return "at " + at;
  }
}
