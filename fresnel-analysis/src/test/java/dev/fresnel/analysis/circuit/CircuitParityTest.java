package dev.fresnel.analysis.circuit;

import static dev.fresnel.analysis.circuit.FactoredMatrix.COLUMN;
import static dev.fresnel.analysis.circuit.FactoredMatrix.RANK;
import static dev.fresnel.analysis.circuit.FactoredMatrix.ROW;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.LAYER;
import static dev.fresnel.testkit.TensorAssert.assertThat;
import static dev.fresnel.testkit.TensorAssert.assertThatNumbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.Fresnel;
import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.circuit.Composition.Kind;
import dev.fresnel.analysis.circuit.SingularVectors.Direction;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.Golden.Numbers;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TransformerLens's FactoredMatrix, composition scores and SVDInterpreter. */
@Tag("golden")
@Tag("long")
class CircuitParityTest {
  /** Of factorizations in float32 by another library, as {@code |a - b| / (1 + |a|)}. */
  private static final double TOLERANCE = 2e-4;

  private static final HeadId HEAD_ID = new HeadId(1, 2);

  private static void with(String name, BiConsumer<Transformer, Map<String, Numbers>> check) {
    var golden = Golden.of("circuits/" + name);
    try (var model = Fresnel.load(Golden.of(name).model());
        var scope = Scope.open()) {
      check.accept(model, golden.numbers("values.safetensors"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "tl-shortformer"})
  void theCircuitsOfAllHeadsAreFactoredMatrix(String name) {
    with(
        name,
        (model, values) -> {
          for (String which : List.of("qk", "ov")) {
            var circuits = which.equals("qk") ? Circuits.qk(model) : Circuits.ov(model);
            assertThat(circuits.svd().s().order(LAYER, HEAD, RANK))
                .isCloseTo(values.get(which + "/singular"), TOLERANCE);
            assertThat(circuits.norm().order(LAYER, HEAD))
                .isCloseTo(values.get(which + "/norm"), TOLERANCE);
            assertThat(circuits.even().norm().order(LAYER, HEAD))
                .isCloseTo(values.get(which + "/norm"), TOLERANCE);
            var one =
                which.equals("qk") ? Circuits.qk(model, HEAD_ID) : Circuits.ov(model, HEAD_ID);
            assertThat(one.product().order(ROW, COLUMN))
                .isCloseTo(values.get(which + "/product"), TOLERANCE);
            assertThat(circuits.trace().order(LAYER, HEAD))
                .isCloseTo(values.get(which + "/eigenvalue-sum"), TOLERANCE);
            var eigenvalues = circuits.eigenvalues();
            assertThat(eigenvalues.real().sum(RANK).order(LAYER, HEAD))
                .isCloseTo(values.get(which + "/eigenvalue-sum"), TOLERANCE);
            var magnitudes =
                eigenvalues.real().square().plus(eigenvalues.imaginary().square()).sqrt();
            long[] sizes = {model.layers() * model.heads(), circuits.inner()};
            assertThatNumbers(sorted(magnitudes.order(LAYER, HEAD, RANK).floats(), sizes))
                .isCloseTo(values.get(which + "/eigenvalue-magnitudes").values(), TOLERANCE);
          }
        });
  }

  /** Each row, the greatest first. */
  private static float[] sorted(float[] numbers, long[] sizes) {
    int width = (int) sizes[1];
    float[] sorted = new float[numbers.length];
    for (int from = 0; from < numbers.length; from += width) {
      float[] row = Arrays.copyOfRange(numbers, from, from + width);
      Arrays.sort(row);
      for (int i = 0; i < width; i++) {
        sorted[from + i] = row[width - 1 - i];
      }
    }
    return sorted;
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "tl-shortformer"})
  void compositionScoresAreTransformerLenss(String name) {
    with(
        name,
        (model, values) -> {
          for (Kind kind : Kind.values()) {
            double[][][][] scores = Composition.of(model, kind).toArray();
            float[] flat = new float[(int) Math.pow(model.layers() * model.heads(), 2)];
            int i = 0;
            for (double[][][] layer : scores) {
              for (double[][] head : layer) {
                for (double[] later : head) {
                  for (double score : later) {
                    flat[i++] = (float) score;
                  }
                }
              }
            }
            assertThatNumbers(flat)
                .isCloseTo(values.get("composition/" + kind).values(), TOLERANCE);
          }
          var joined = Circuits.ov(model, new HeadId(0, 1)).times(Circuits.qk(model, HEAD_ID));
          assertThat(joined.norm()).isCloseTo(values.get("joined/norm"), TOLERANCE);
          assertThat(joined.product().order(ROW, COLUMN))
              .isCloseTo(values.get("joined/product"), TOLERANCE);
          assertThat(
                  Circuits.ov(model, new HeadId(0, 1))
                      .composition(Circuits.qk(model, HEAD_ID))
                      .item())
              .isCloseTo(Composition.of(model, Kind.Q).at(new HeadId(0, 1), HEAD_ID), within(1e-5));
        });
  }

  /** The model made by hand has heads that meet in a few dimensions, and many that do not. */
  @Test
  void headsThatDoNotMeetHaveAScoreOfZero() {
    try (var model = Fresnel.load("by-hand")) {
      for (Kind kind : Kind.values()) {
        var scores = Composition.of(model, kind);
        for (int from = 0; from < model.heads(); from++) {
          for (int to = 0; to < model.heads(); to++) {
            var reader = new HeadId(1, to);
            var circuit =
                switch (kind) {
                  case Q -> Circuits.qk(model, reader);
                  case K -> Circuits.qk(model, reader).transposed();
                  case V -> Circuits.ov(model, reader);
                };
            var writer = new HeadId(0, from);
            try (var scope = Scope.open()) {
              double right = Circuits.ov(model, writer).composition(circuit).item();
              double found = scores.at(writer, reader);
              assertThat(Double.isNaN(right) ? Double.isNaN(found) : Math.abs(found - right) < 1e-6)
                  .as("%s %s %s: %s, expected %s", kind, writer, reader, found, right)
                  .isTrue();
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "tl-shortformer"})
  void copyingScoresAreThoseOfTheFullCircuitsEigenvalues(String name) {
    with(
        name,
        (model, values) -> {
          float[] expected = values.get("copying").values();
          double[][] found = Copying.scores(model).toArray();
          for (int i = 0; i < expected.length; i++) {
            assertThat(found[i / model.heads()][i % model.heads()])
                .isCloseTo(expected[i], within(TOLERANCE));
          }
          int at = HEAD_ID.layer() * model.heads() + HEAD_ID.head();
          assertThat(CircuitEigenvalues.of(model, CircuitKind.OV, HEAD_ID).score())
              .isCloseTo(expected[at], within(TOLERANCE));
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "tl-shortformer"})
  void theTopTokenPairsAreThoseOfTheWholeMatrix(String name) {
    with(
        name,
        (model, values) -> {
          var about = Golden.of("circuits/" + name).about();
          checkPairs(about.get("full-ov"), TokenPairs.ofOv(model, HEAD_ID, 8));
          checkPairs(about.get("full-qk"), TokenPairs.ofQk(model, HEAD_ID, 8));
          checkPairs(
              about.get("full-ov"), TokenBlock.of(model, CircuitKind.OV, HEAD_ID, 8).pairs());
        });
  }

  private static void checkPairs(JsonNode expected, List<TokenPairs.Pair> found) {
    assertThat(found).hasSize(expected.size());
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i).from().id()).isEqualTo(expected.get(i).get("from").asInt());
      assertThat(found.get(i).to().id()).isEqualTo(expected.get(i).get("to").asInt());
      double value = expected.get(i).get("value").asDouble();
      assertThat(found.get(i).value()).isCloseTo(value, within(TOLERANCE * (1 + Math.abs(value))));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "tl-shortformer"})
  void singularVectorsReadThroughTheUnembeddingAreSvdInterpreters(String name) {
    with(
        name,
        (model, values) -> {
          int all = model.config().sizes().vocabularyOut();
          check(values.get("vectors/ov"), SingularVectors.written(model, HEAD_ID, 3, all));
          if (!model.config().attentionOnly()) {
            check(values.get("vectors/w_in"), SingularVectors.readByMlp(model, 1, 3, all));
            check(values.get("vectors/w_out"), SingularVectors.writtenByMlp(model, 1, 3, all));
          }
        });
  }

  private static void check(Numbers expected, List<Direction> found) {
    int width = (int) expected.shape()[1];
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i).raised()).hasSize(width);
      for (var reading : found.get(i).raised()) {
        float number = expected.values()[i * width + reading.token().id()];
        assertThat(reading.logit()).isCloseTo(number, within(1e-3 * (1 + Math.abs(number))));
      }
      assertThat(found.get(i).lowered().get(0).logit())
          .isCloseTo(found.get(i).raised().get(width - 1).logit(), within(1e-6));
    }
  }
}
