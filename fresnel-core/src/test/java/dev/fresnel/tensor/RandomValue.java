package dev.fresnel.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** One value of a random chain: the tensor, and the same in plain Java. */
record RandomValue(Tensor tensor, Plain plain) {
  static final List<Dim> NAMES = List.of(new Dim("a"), new Dim("b"), new Dim("c"), new Dim("d"));

  static double[] numbers(Tensor tensor) {
    if (tensor.dtype() == DType.FLOAT64) {
      var bytes = ByteBuffer.wrap(tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
      return IntStream.range(0, bytes.limit()).mapToDouble(bytes::get).toArray();
    }
    if (!tensor.dtype().isFloatingPoint()) {
      return Arrays.stream(tensor.longs()).asDoubleStream().toArray();
    }
    float[] floats = tensor.floats();
    return IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
  }

  static RandomValue start(Random random) {
    int rank = random.nextInt(4);
    var names = new ArrayList<>(NAMES);
    Collections.shuffle(names, random);
    Shape shape = Shape.SCALAR;
    for (int axis = 0; axis < rank; axis++) {
      shape = shape.and(names.get(axis), random.nextInt(12) == 0 ? 0 : 1 + random.nextInt(3));
    }
    return filled(shape, random);
  }

  static RandomValue filled(Shape shape, Random random) {
    float[] numbers = new float[(int) shape.count()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = random.nextInt(17) / 4f - 2;
    }
    var types = DType.values();
    var type = random.nextBoolean() ? DType.FLOAT32 : types[random.nextInt(types.length)];
    var whole = Tensor.of(shape, numbers);
    var tensor = (type == DType.UINT8 ? whole.abs() : whole).to(type);
    return new RandomValue(tensor, Plain.of(shape, numbers(tensor)));
  }
}
