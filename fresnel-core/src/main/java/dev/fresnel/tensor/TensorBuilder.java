package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.internal.kernel.Use;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Fills a float32 tensor piece by piece, outermost axis first, so that no Java array has to hold
 * all of its numbers.
 *
 * <pre>{@code
 * var builder = TensorBuilder.of(Shape.of(POS, 4));
 * builder.put(new float[] {1, 2, 3}, 3);
 * builder.put(new float[] {4, 0, 0}, 1);
 * builder.build().floats();   // [1, 2, 3, 4]
 * }</pre>
 *
 * <p>The tensor belongs to the scope that was open when the builder was made.
 */
public final class TensorBuilder {
  private final Tensor tensor;
  private final FloatPointer numbers;
  private final long count;
  private long filled;

  private TensorBuilder(Tensor tensor) {
    this.tensor = tensor;
    try (var use = Use.open()) {
      this.numbers = tensor.raw().data_ptr_float();
    }
    this.count = tensor.shape().count();
  }

  public static TensorBuilder of(Shape shape) {
    return new TensorBuilder(TensorData.empty(shape, DType.FLOAT32));
  }

  /**
   * Appends numbers.
   *
   * @param length how many numbers to take, from the array's start
   * @throws FresnelException if more numbers are given than the tensor has left
   */
  public synchronized void put(float[] values, int length) {
    if (length < 0 || length > values.length || length > count - filled) {
      throw new FresnelException(
          "cannot put "
              + length
              + " of "
              + values.length
              + " numbers after the first "
              + filled
              + " of a tensor "
              + tensor.shape());
    }
    try (var use = Use.open()) {
      tensor.raw(); // throws if the tensor was closed
      if (length > 0) {
        numbers.position(filled).put(values, 0, length);
        filled += length;
      }
    }
  }

  /**
   * @throws FresnelException if numbers are missing
   */
  public synchronized Tensor build() {
    if (filled != count) {
      throw new FresnelException(
          "a tensor " + tensor.shape() + " needs " + count + " numbers, got " + filled);
    }
    return tensor;
  }

  @Override
  public synchronized String toString() {
    return "TensorBuilder[%s, %d of %d numbers]".formatted(tensor.shape(), filled, count);
  }
}
