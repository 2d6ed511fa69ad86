package dev.fresnel.load;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static dev.fresnel.testkit.TensorAssert.assertThatNumbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.Golden;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every golden model loads and is processed by the original's steps to the original's weights, or
 * is refused by the name of a setting. (What the models compute is {@code ForwardParityTest}'s.)
 */
@Tag("golden")
class GoldenModelsTest {
  private static final Map<String, String> REFUSED =
      Map.of(
          "tl-bidirectional", "attention_dir",
          "tl-final-rms", "final_rms",
          "tl-solu-ln", "act_fn");

  static Stream<String> models() {
    return Golden.names().filter(name -> !REFUSED.containsKey(name));
  }

  static Stream<Arguments> refused() {
    return REFUSED.entrySet().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
  }

  @ParameterizedTest
  @MethodSource("models")
  void theStepsOfProcessingAreTheOriginals(String name) {
    var golden = Golden.of(name);
    try (var model = Fresnel.load(golden.model(), LoadOptions.DEFAULT.raw())) {
      assertThat(model.provenance().processing()).isEmpty();
    }
    var steps = golden.about().path("processing").path("default");
    if (!steps.isMissingNode()) {
      try (var model = Fresnel.load(golden.model())) {
        assertThat(model.provenance().processing())
            .containsExactlyElementsOf(
                StreamSupport.stream(steps.spliterator(), false)
                    .map(step -> step.asText())
                    .toList());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("refused")
  void aSettingThatIsNotBuiltIsRefusedByName(String name, String setting) {
    assertThatThrownBy(() -> Fresnel.load(Golden.of(name).model()))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(setting)
        .hasMessageContaining("config.json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2",
        "llama",
        "neox-sequential",
        "bloom",
        "opt",
        "gemma2-one-kv",
        "gptj",
        "tl-attn-only-ln",
        "tl-mlp-gelu"
      })
  void processedWeightsAreTheOriginals(String name) {
    var golden = Golden.of(name);
    var expected = golden.numbers("default-weights.safetensors");
    try (var model = Fresnel.load(golden.model())) {
      expected.forEach(
          (weight, numbers) -> {
            String plain = weight.replace("attn._", "attn.");
            if (model.weightNames().contains(plain)) {
              String stored =
                  plain.matches(".*attn\\.[Wb]_[KV]") ? plain.replace("attn.", "attn._") : plain;
              assertThat(model.weight(stored)).as(weight).isCloseTo(numbers, 1e-5);
            } else {
              assertThatNumbers(new float[numbers.values().length])
                  .as(weight)
                  .isCloseTo(numbers.values(), 1e-5);
            }
          });
      assertThat(model.weightNames())
          .allMatch(
              weight ->
                  expected.containsKey(weight)
                      || expected.containsKey(weight.replace("attn.", "attn._")));
    }
  }
}
