package dev.fresnel.model;

import static dev.fresnel.testkit.TensorAssert.assertThat;
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
   * value, and a logit has some tens of them behind it. That holds for scores of ordinary size:
   * queries and keys are a quarter of what the toy models have, or else a score of 50, rounded by
   * the order in which a processor adds, decides a probability.
   */
  private static final Map<DType, Double> TOLERANCES =
      Map.of(DType.FLOAT64, 1e-5, DType.FLOAT16, 0.03, DType.BFLOAT16, 0.2);

  record Case(Transformer model, DType type) {}

  static Stream<Case> cases() {
    return ToyModels.all(5).stream()
        .flatMap(model -> TOLERANCES.keySet().stream().map(type -> new Case(model, type)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aModelInAnotherTypeGivesTheSameLogitsToItsPrecision(Case one) {
    try (var expected = in(DType.FLOAT32, one.model).run(TOKENS);
        var run = in(one.type, one.model).run(TOKENS);
        var watched = in(one.type, one.model).run(TOKENS, RunPlan.capture(HookKind.RESID_POST))) {
      assertThat(watched.cache().get(HookKind.RESID_POST, 0).dtype()).isEqualTo(one.type);
      assertThat(run.logits()).isCloseTo(expected.logits(), TOLERANCES.get(one.type));
    }
  }

  private static Transformer in(DType type, Transformer model) {
    var weights = new LinkedHashMap<String, Tensor>();
    model.weightNames().forEach(name -> weights.put(name, stored(model, name).to(type)));
    return new Transformer(
        model.config(), weights, null, new Provenance("toy", "toy", List.of(), "random", 0));
  }

  private static Tensor stored(Transformer model, String name) {
    boolean grouped = name.matches(".*attn\\.[Wb]_[KV]");
    Tensor weight = model.weight(grouped ? name.replace("attn.", "attn._") : name);
    return name.matches(".*attn\\.[Wb]_[QK]") ? weight.times(0.25) : weight;
  }
}
