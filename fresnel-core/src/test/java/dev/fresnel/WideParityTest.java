package dev.fresnel;

import static dev.fresnel.hook.HookKind.PATTERN;
import static dev.fresnel.hook.HookKind.RESID_POST;
import static dev.fresnel.hook.HookKind.RESID_PRE;
import static dev.fresnel.testkit.TensorAssert.assertThatNumbers;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.Golden.Numbers;
import dev.fresnel.testkit.SeededWeights;
import dev.fresnel.testkit.WideModel;
import dev.fresnel.text.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Models 384 wide against TransformerLens, on 2, 29 and 130 tokens. They are wide enough for the
 * fast kernels, and what a plan captures decides which of these a run takes.
 *
 * <p>A tolerance is {@link #FACTOR} times what {@code case.json} records for a hook: the worst
 * difference, |a - b| / (1 + |a|), between TransformerLens in float32 and in float64.
 */
@Tag("golden")
class WideParityTest {
  /**
   * Fresnel and TransformerLens both round, each in its own order of sums, so that twice the
   * recorded difference is to be expected; and as much again where the worst value is another one.
   */
  private static final double FACTOR = 4;

  /** The least tolerance, some twenty roundings of float32 near 1. */
  private static final double LEAST = 2e-6;

  private static final Map<String, RunPlan> ROUTES =
      Map.of(
          "everything", RunPlan.captureAll(),
          "the residual stream", RunPlan.capture(RESID_PRE, RESID_POST),
          "patterns", RunPlan.capture(PATTERN),
          "nothing", RunPlan.nothing());

  /** What every run has. */
  private static final Set<String> END = Set.of("logits", "loss", "loss_per_token");

  @TempDir static Path folder;

  /** A golden model, as stored ({@code raw}) or processed ({@code default}), and what is kept. */
  record Case(String model, String kind, String captured) {}

  static Stream<Case> cases() {
    return Stream.of("gpt2", "llama", "shortformer")
        .flatMap(model -> Stream.of("raw", "default").map(kind -> new Case(model, kind, "")))
        .flatMap(one -> ROUTES.keySet().stream().map(key -> new Case(one.model, one.kind, key)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyHookIsTransformerLenss(Case one) throws IOException {
    var golden = Golden.of("wide/" + one.model);
    var options = one.kind.equals("raw") ? LoadOptions.DEFAULT.raw() : LoadOptions.DEFAULT;
    try (var model = Fresnel.load(written(golden, one.model), options)) {
      for (var text : golden.about().get("tokens").properties()) {
        try (var run = model.run(tokens(text.getValue()), ROUTES.get(one.captured))) {
          compare(golden, one, text.getKey(), run);
        }
      }
    }
  }

  private static Path written(Golden golden, String name) throws IOException {
    Path model = folder.resolve(name);
    if (!Files.exists(model)) {
      WideModel.write(golden, Files.createDirectory(model));
    }
    return model;
  }

  private static void compare(Golden golden, Case one, String length, Run run) {
    String name = one.kind + "-" + length;
    var expected = golden.numbers(name + ".safetensors");
    var moments = Golden.json(golden.folder().resolve("moments.json")).get(name);
    var recorded = golden.about().at("/float32_worst_difference/" + one.kind);
    expected.forEach(
        (place, numbers) -> {
          if (one.captured.equals("everything") || wasKept(run, place)) {
            String what = name + " " + place;
            double tolerance = tolerance(recorded, place);
            Numbers actual = actual(run, place);
            if (moments == null) {
              assertThat(actual.shape()).as(what).isEqualTo(numbers.shape());
              assertThatNumbers(actual.values()).as(what).isCloseTo(numbers.values(), tolerance);
            } else {
              compareSample(what, numbers, actual, tolerance, place);
              compareMoments(what, moments.get(place), actual, tolerance);
            }
          }
        });
  }

  private static boolean wasKept(Run run, String place) {
    return END.contains(place) || run.cache().has(HookPoint.parse(place));
  }

  private static double tolerance(JsonNode recorded, String place) {
    String withoutBlock = place.replaceFirst("blocks\\.\\d+\\.", "");
    return Math.max(LEAST, FACTOR * recorded.get(withoutBlock).asDouble());
  }

  private static Numbers actual(Run run, String place) {
    float[] losses = run.lossPerToken()[0];
    return switch (place) {
      case "logits" -> numbers(run.logits());
      case "loss" -> new Numbers(new long[0], new float[] {(float) run.loss()});
      case "loss_per_token" -> new Numbers(new long[] {1, losses.length}, losses);
      default -> numbers(run.cache().get(place));
    };
  }

  private static Numbers numbers(Tensor tensor) {
    return new Numbers(tensor.shape().toArray(), tensor.floats());
  }

  private static void compareSample(
      String what, Numbers expected, Numbers actual, double tolerance, String place) {
    int[] indices = SeededWeights.sample(place, actual.values().length, expected.values().length);
    float[] sample = new float[indices.length];
    for (int i = 0; i < indices.length; i++) {
      sample[i] = actual.values()[indices[i]];
    }
    assertThatNumbers(sample).as(what).isCloseTo(expected.values(), tolerance);
  }

  /** Errors average out, so that a mean is at least as close as the worst value. */
  private static void compareMoments(
      String what, JsonNode moments, Numbers actual, double tolerance) {
    long[] shape = new long[moments.get("shape").size()];
    Arrays.setAll(shape, axis -> moments.get("shape").get(axis).asLong());
    assertThat(actual.shape()).as(what).isEqualTo(shape);
    int finite = 0;
    double sum = 0;
    double squares = 0;
    for (float value : actual.values()) {
      if (Float.isFinite(value)) {
        finite++;
        sum += value;
        squares += (double) value * value;
      }
    }
    assertThat(finite).as(what).isEqualTo(moments.get("finite").asInt());
    assertThatNumbers((float) (sum / finite), (float) (squares / finite))
        .as(what + ": mean and mean square")
        .isCloseTo(
            new float[] {
              (float) moments.get("mean").asDouble(), (float) moments.get("mean_square").asDouble()
            },
            2 * tolerance);
  }

  private static Tokens tokens(JsonNode rows) {
    int[] ids = new int[rows.get(0).size()];
    Arrays.setAll(ids, i -> rows.get(0).get(i).asInt());
    return Tokens.ofRows(List.of(ids));
  }
}
