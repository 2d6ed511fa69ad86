package dev.fresnel;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static dev.fresnel.testkit.TensorAssert.assertThatNumbers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.model.Run;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.Golden.Numbers;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every activation of every family against the program that defined it ({@code parity/}).
 *
 * <p>The tolerance, |a - b| / (1 + |a|) at most 2e-4 in the worst cell, is room for float32 sums in
 * another order through a few layers; what is wrong in kind (an epsilon, a scale, an activation's
 * formula) shows from 3e-4 upwards on these weights, which are large on purpose.
 */
@Tag("golden")
class ForwardParityTest {
  private static final double TOLERANCE = 2e-4;

  /** What Fresnel refuses by name: {@code GoldenModelsTest} holds it to that. */
  private static final Set<String> REFUSED =
      Set.of("tl-bidirectional", "tl-solu-ln", "tl-final-rms");

  private static final RunPlan EVERYTHING =
      RunPlan.captureAll().and(RunPlan.capture(HookKind.RESULT));

  static Stream<String> cases() {
    return Golden.names().filter(name -> !REFUSED.contains(name));
  }

  static Stream<String> processedCases() {
    return cases()
        .filter(
            name ->
                java.nio.file.Files.exists(
                    Golden.of(name).folder().resolve("default.safetensors")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void asStored(String name) {
    compare(Golden.of(name), "raw", LoadOptions.DEFAULT.raw());
  }

  @ParameterizedTest
  @MethodSource("processedCases")
  void foldedAndCentred(String name) {
    compare(Golden.of(name), "default", LoadOptions.DEFAULT);
  }

  private static void compare(Golden golden, String kind, LoadOptions options) {
    var expected = golden.numbers(kind + ".safetensors");
    try (var model = Fresnel.load(model(golden), options);
        var run = model.run(golden.padded(), EVERYTHING)) {
      expected.forEach((place, numbers) -> check(run, place, numbers));
      if (golden.about().at("/complete/" + kind).asBoolean()) {
        Set<String> names =
            run.cache().points().stream().map(HookPoint::name).collect(Collectors.toSet());
        assertThat(expected.keySet()).containsAll(names);
      }
    }
  }

  private static java.nio.file.Path model(Golden golden) {
    var gguf = golden.model().resolve("model.gguf");
    return java.nio.file.Files.exists(gguf) ? gguf : golden.model();
  }

  private static void check(Run run, String place, Numbers expected) {
    switch (place) {
      case "logits" -> assertThat(run.logits()).as(place).isCloseTo(expected, TOLERANCE);
      case "loss" ->
          assertThatNumbers((float) run.loss()).as(place).isCloseTo(expected.values(), TOLERANCE);
      case "loss_per_token" -> checkLosses(run, expected);
      default -> assertThat(run.cache().get(place)).as(place).isCloseTo(expected, TOLERANCE);
    }
  }

  /**
   * Where a pair holds padding, TransformerLens gives a number that means nothing; Fresnel gives
   * NaN.
   */
  private static void checkLosses(Run run, Numbers expected) {
    float[][] losses = run.lossPerToken();
    int width = losses[0].length;
    for (int row = 0; row < losses.length; row++) {
      for (int position = run.tokens().padding(row); position < width; position++) {
        float own = expected.values()[row * width + position];
        assertThatNumbers(losses[row][position])
            .as("loss %d,%d", row, position)
            .isCloseTo(new float[] {own}, TOLERANCE);
      }
    }
  }
}
