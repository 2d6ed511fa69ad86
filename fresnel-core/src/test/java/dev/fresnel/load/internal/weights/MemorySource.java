package dev.fresnel.load.internal.weights;

import dev.fresnel.load.internal.format.WeightSource;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.Golden;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Weights that a test made up, or took from a golden file with the tests' own reader. */
public final class MemorySource implements WeightSource {
  private final Map<String, Golden.Numbers> weights;
  boolean closed;

  public MemorySource(Map<String, Golden.Numbers> weights) {
    this.weights = new LinkedHashMap<>(weights);
  }

  public static MemorySource of(Golden golden) {
    return new MemorySource(golden.numbers("model/model.safetensors"));
  }

  public MemorySource with(String name, long... shape) {
    var more = new LinkedHashMap<>(weights);
    int count = 1;
    for (long size : shape) {
      count *= (int) size;
    }
    more.put(name, new Golden.Numbers(shape, new float[count]));
    return new MemorySource(more);
  }

  MemorySource without(String name) {
    var fewer = new LinkedHashMap<>(weights);
    fewer.remove(name);
    return new MemorySource(fewer);
  }

  @Override
  public String description() {
    return "weights.test";
  }

  @Override
  public long bytes() {
    return weights.values().stream().mapToLong(numbers -> 4L * numbers.values().length).sum();
  }

  @Override
  public Set<String> names() {
    return weights.keySet();
  }

  @Override
  public Stored stored(String name) {
    return new Stored(DType.FLOAT32, "F32", shape(name));
  }

  @Override
  public Tensor read(String name) {
    return Tensor.of(shape(name), weights.get(name).values());
  }

  private Shape shape(String name) {
    Shape shape = Shape.SCALAR;
    for (long size : weights.get(name).shape()) {
      shape = shape.and(Dim.axis(shape.rank()), size);
    }
    return shape;
  }

  @Override
  public void close() {
    closed = true;
  }
}
