package dev.fresnel.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.StreamSupport;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The formula gives the same bits here as in {@code parity/seeded.py}, which wrote the numbers. */
class SeededWeightsTest {
  private static final JsonNode FORMULA =
      Golden.json(Golden.root().resolve("wide").resolve("formula.json"));

  /** The published test vector of the 64-bit FNV-1a hash. */
  @Test
  void theSeedIsTheHashOfTheName() {
    assertThat(SeededWeights.seed("foobar")).isEqualTo(0x85944171F73967E8L);
  }

  @Test
  void weightsAreThoseOfThePythonScript() {
    for (var weight : FORMULA.get("weights")) {
      double[] expected = doubles(weight.get("values"));
      float[] actual = filled(weight.get("name").asText(), weight);
      assertThat(actual).hasSize(expected.length);
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) actual[i]).isEqualTo(expected[i]);
      }
    }
  }

  @Test
  void samplesAreThoseOfThePythonScript() {
    for (var sample : FORMULA.get("samples")) {
      int[] actual =
          SeededWeights.sample(
              sample.get("name").asText(), sample.get("size").asInt(), sample.get("most").asInt());
      assertThat(actual).containsExactly(ints(sample.get("indices")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"wide/gpt2", "wide/llama", "wide/shortformer"})
  void everyWeightOfAWideModelHasTheChecksumOfThePythonScript(String name) {
    var weights = Golden.of(name).about().get("weights").properties();
    assertThat(weights).isNotEmpty();
    for (var weight : weights) {
      assertThat(checksum(filled(weight.getKey(), weight.getValue())))
          .as(weight.getKey())
          .isEqualTo(weight.getValue().get("crc32").asLong());
    }
  }

  private static float[] filled(String name, JsonNode weight) {
    int size = 1;
    for (int length : ints(weight.get("shape"))) {
      size *= length;
    }
    return SeededWeights.weight(
        name, size, weight.get("scale").asDouble(), weight.get("mean").asDouble());
  }

  private static long checksum(float[] values) {
    var bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    var checksum = new CRC32();
    checksum.update(bytes.array());
    return checksum.getValue();
  }

  private static int[] ints(JsonNode numbers) {
    return StreamSupport.stream(numbers.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }

  private static double[] doubles(JsonNode numbers) {
    return StreamSupport.stream(numbers.spliterator(), false)
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }
}
