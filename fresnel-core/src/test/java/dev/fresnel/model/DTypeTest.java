package dev.fresnel.model;

import static dev.fresnel.testkit.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A model runs in the type of its weights; float32 is the yardstick. */
class DTypeTest {
  private static final Tokens TOKENS = Tokens.of(36, 4, 9, 4, 9, 1, 30, 4, 17);

  /**
   * Half precision has 10 (float16) or 7 (bfloat16) bits: one rounding is 5e-4 or 4e-3 of the
   * value. Scores of size 10 to 30 make that 100 times as much of a probability.
   */
  private static final Map<DType, Double> TOLERANCES =
      Map.of(DType.FLOAT64, 1e-4, DType.FLOAT16, 0.05, DType.BFLOAT16, 0.5);

  record Case(Transformer model, DType type) {}

  static Stream<Case> cases() {
    return ToyModels.all(5).stream()
        .flatMap(model -> TOLERANCES.keySet().stream().map(type -> new Case(model, type)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aModelInAnotherTypeGivesTheSameLogitsToItsPrecision(Case one) {
    var weights = new LinkedHashMap<String, Tensor>();
    one.model.weightNames().forEach(name -> weights.put(name, converted(one, name)));
    var converted =
        new Transformer(
            one.model.config(),
            weights,
            null,
            new Provenance("toy", "toy", List.of(), "random", 0));
    var plan = RunPlan.capture(HookKind.RESID_POST, HookKind.PATTERN);
    try (var expected = one.model.run(TOKENS);
        var run = converted.run(TOKENS);
        var watched = converted.run(TOKENS, plan)) {
      assertThat(watched.cache().get(HookKind.RESID_POST, 0).dtype()).isEqualTo(one.type);
      assertClose(
          "logits", expected.logits().floats(), run.logits().floats(), TOLERANCES.get(one.type));
    }
  }

  private static Tensor converted(Case one, String name) {
    boolean grouped = name.matches(".*attn\\.[Wb]_[KV]");
    Tensor stored = one.model.weight(grouped ? name.replace("attn.", "attn._") : name);
    return stored.to(one.type);
  }
}
