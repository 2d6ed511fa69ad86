package dev.fresnel.load;

import dev.fresnel.load.internal.format.torch.PickleBytes;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.Golden.Numbers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Writes golden weights again, under other names and in other formats. */
final class RenamedWeights {
  private RenamedWeights() {}

  static void writeSafetensors(Path file, Map<String, Numbers> weights) {
    try (var scope = Scope.open()) {
      var tensors = new LinkedHashMap<String, Tensor>();
      weights.forEach((name, numbers) -> tensors.put(name, tensor(numbers)));
      TensorFile.write(file, tensors, Map.of("format", "pt"));
    }
  }

  private static Tensor tensor(Numbers numbers) {
    List<Dim> axes = IntStream.range(0, numbers.shape().length).mapToObj(Dim::axis).toList();
    return Tensor.of(Shape.of(axes, numbers.shape()), numbers.values());
  }

  /** As {@code torch.save} writes a dict of weights. */
  static void writeTorch(Path file, Map<String, Numbers> weights) {
    var entries = new LinkedHashMap<String, byte[]>();
    var pickle = PickleBytes.pickle().op("}(");
    weights.forEach(
        (name, numbers) -> {
          String key = Integer.toString(entries.size());
          long[] shape = numbers.shape();
          var strides = new long[shape.length];
          long stride = 1;
          for (int axis = shape.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= shape[axis];
          }
          int count = numbers.values().length;
          pickle.text(name).tensor("FloatStorage", key, count, 0, shape, strides);
          var bytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
          bytes.asFloatBuffer().put(numbers.values());
          entries.put("x/data/" + key, bytes.array());
        });
    entries.put("x/data.pkl", pickle.op("u.").toBytes());
    entries.put("x/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    try {
      Files.write(file, PickleBytes.zip(entries));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
