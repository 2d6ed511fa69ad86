package dev.fresnel.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fresnel.text.Tokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One folder of numbers that the original programs computed ({@code parity/README.md} says how):
 * the model's files, and the activations that TransformerLens gives for them. Read here by code of
 * the tests' own, so that a mistake in Fresnel's readers cannot hide.
 */
public record Golden(Path folder, JsonNode about) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Numbers of one activation, in the file's order. */
  public record Numbers(long[] shape, float[] values) {}

  public static Golden of(String name) {
    Path folder = root().resolve(name);
    return new Golden(folder, json(folder.resolve("case.json")));
  }

  /**
   * Found among the sources: other modules see this class in a jar, and models are read as files.
   */
  public static Path root() {
    Path here = Path.of("").toAbsolutePath();
    for (Path folder = here; folder != null; folder = folder.getParent()) {
      Path golden = folder.resolve("fresnel-core/src/test/resources/golden");
      if (Files.isDirectory(golden)) {
        return golden;
      }
    }
    throw new IllegalStateException("no golden files at or above " + here);
  }

  /** The names of all cases that hold a model and activations. */
  public static Stream<String> names() {
    try (var folders = Files.list(root())) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("raw.safetensors")))
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static JsonNode json(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path model() {
    return folder.resolve("model");
  }

  /** [row][position]. */
  public int[][] tokens() {
    return JSON.convertValue(about.get("tokens"), int[][].class);
  }

  /** The tokens as a batch; what the case masks is padding on the left. */
  public Tokens padded() {
    int[][] rows = tokens();
    var mask = about.get("attention_mask");
    if (mask == null) {
      return Tokens.ofRows(List.of(rows));
    }
    var real = new ArrayList<int[]>();
    int padId = 0;
    for (int row = 0; row < rows.length; row++) {
      int padding = 0;
      while (mask.get(row).get(padding).asInt() == 0) {
        padId = rows[row][padding];
        padding++;
      }
      real.add(Arrays.copyOfRange(rows[row], padding, rows[row].length));
    }
    return Tokens.leftPadded(real, padId);
  }

  /** What a file of this folder holds, by name. */
  public Map<String, Numbers> numbers(String file) {
    try {
      return parse(ByteBuffer.wrap(Files.readAllBytes(folder.resolve(file))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Numbers> parse(ByteBuffer file) throws IOException {
    file.order(ByteOrder.LITTLE_ENDIAN);
    int headerLength = Math.toIntExact(file.getLong());
    var header = JSON.readTree(new String(file.array(), 8, headerLength, StandardCharsets.UTF_8));
    var numbers = new LinkedHashMap<String, Numbers>();
    header
        .properties()
        .forEach(
            entry -> {
              if (!entry.getKey().equals("__metadata__")) {
                numbers.put(entry.getKey(), numbers(entry.getValue(), file, 8 + headerLength));
              }
            });
    return numbers;
  }

  private static Numbers numbers(JsonNode entry, ByteBuffer file, int data) {
    if (!entry.get("dtype").asText().equals("F32")) {
      throw new IllegalStateException("golden files hold float32, not " + entry);
    }
    long[] shape = JSON.convertValue(entry.get("shape"), long[].class);
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    int begin = data + entry.get("data_offsets").get(0).asInt();
    file.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(begin).asFloatBuffer().get(values);
    return new Numbers(shape, values);
  }
}
