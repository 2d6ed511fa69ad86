package dev.fresnel.load.internal.format;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The shape of a tensor as a file claims it, checked before it is used. */
public final class FileShape {
  private static final int MOST_AXES = 32;

  /** The names of the axes by their number, made once: a file may hold many thousand shapes. */
  private static final List<List<Dim>> NAMES =
      IntStream.rangeClosed(0, MOST_AXES)
          .mapToObj(axes -> IntStream.range(0, axes).mapToObj(Dim::axis).toList())
          .map(List::copyOf)
          .toList();

  private FileShape() {}

  /**
   * @param sizes outermost first
   * @param error makes the error of a file and tensor out of a problem
   */
  public static Shape of(List<Long> sizes, Function<String, FresnelException> error) {
    if (sizes.size() > MOST_AXES) {
      throw error.apply("has " + sizes.size() + " axes; at most " + MOST_AXES + " are supported");
    }
    long count = 8; // bytes of the largest type, so that a tensor's bytes fit a long as well
    for (long size : sizes) {
      if (size < 0) {
        throw error.apply("has a negative size in its shape " + sizes);
      }
      try {
        count = Math.multiplyExact(count, Math.max(1, size));
      } catch (ArithmeticException e) {
        throw error.apply("has a shape " + sizes + " with more numbers than can be counted");
      }
    }
    return new Shape(NAMES.get(sizes.size()), sizes);
  }
}
