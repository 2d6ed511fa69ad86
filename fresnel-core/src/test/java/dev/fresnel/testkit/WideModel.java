package dev.fresnel.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;

/**
 * Writes the folder of a wide golden model as a user has it. Its weights come from {@link
 * SeededWeights}.
 */
public final class WideModel {
  private WideModel() {}

  /**
   * @param golden a case of {@code golden/wide}
   * @param folder where {@code config.json} and {@code model.safetensors} are written
   */
  public static void write(Golden golden, Path folder) throws IOException {
    Files.copy(golden.model().resolve("config.json"), folder.resolve("config.json"));
    JsonNode weights = golden.about().get("weights");
    byte[] header = header(weights).toString().getBytes(StandardCharsets.UTF_8);
    try (var out =
        new BufferedOutputStream(Files.newOutputStream(folder.resolve("model.safetensors")))) {
      out.write(littleEndian(Long.BYTES).putLong(header.length).array());
      out.write(header);
      for (var weight : weights.properties()) {
        write(weight.getKey(), weight.getValue(), out);
      }
    }
  }

  private static ObjectNode header(JsonNode weights) {
    ObjectNode header = new ObjectMapper().createObjectNode();
    long begin = 0;
    for (var weight : weights.properties()) {
      long end = begin + (long) Float.BYTES * size(weight.getValue());
      var entry = header.putObject(weight.getKey()).put("dtype", "F32");
      entry.set("shape", weight.getValue().get("shape"));
      entry.putArray("data_offsets").add(begin).add(end);
      begin = end;
    }
    return header;
  }

  private static void write(String name, JsonNode weight, OutputStream out) throws IOException {
    float[] values =
        SeededWeights.weight(
            name, size(weight), weight.get("scale").asDouble(), weight.get("mean").asDouble());
    var bytes = littleEndian(Float.BYTES * values.length);
    bytes.asFloatBuffer().put(values);
    out.write(bytes.array());
  }

  private static int size(JsonNode weight) {
    return StreamSupport.stream(weight.get("shape").spliterator(), false)
        .mapToInt(JsonNode::asInt)
        .reduce(1, Math::multiplyExact);
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
