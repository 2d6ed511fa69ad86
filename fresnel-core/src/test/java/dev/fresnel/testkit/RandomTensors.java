package dev.fresnel.testkit;

import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.Random;

/** Tensors of random numbers: the same seed gives the same ones in the same order. */
public final class RandomTensors {
  private final Random random;

  public RandomTensors(long seed) {
    random = new Random(seed);
  }

  /** float32 numbers from the normal distribution of mean 0 and deviation 1. */
  public Tensor normal(Shape shape) {
    return normal(shape, 0, 1);
  }

  /** float32 numbers from the normal distribution of this mean and deviation. */
  public Tensor normal(Shape shape, double mean, double deviation) {
    float[] values = new float[Math.toIntExact(shape.count())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (mean + deviation * random.nextGaussian());
    }
    return Tensor.of(shape, values);
  }

  /** int64 numbers from 0 to {@code bound - 1}, each equally likely. */
  public Tensor indices(Shape shape, long bound) {
    return Tensor.ofLongs(shape, random.longs(shape.count(), 0, bound).toArray());
  }
}
