package dev.fresnel;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.model.Metric;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.Golden.Numbers;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gradients at every hook point against TransformerLens's backward hooks. */
@Tag("golden")
class GradientParityTest {
  /**
   * Of the largest number of each gradient. TransformerLens's own float32 differs from float64 by
   * up to 2.7e-6 (float32_worst_difference in case.json).
   */
  private static final double SHARE = 5e-5;

  @ParameterizedTest
  @CsvSource({
    "gpt2, raw",
    "gpt2, default",
    "llama, raw",
    "llama, default",
    "tl-shortformer, raw",
    "tl-shortformer, default"
  })
  void everyHookPoint(String name, String processing) {
    var golden = Golden.of("gradients/" + name);
    var options = processing.equals("raw") ? LoadOptions.DEFAULT.raw() : LoadOptions.DEFAULT;
    try (var model = Fresnel.load(Golden.of(name).model(), options)) {
      var difference = golden.about().at("/metrics/logit-difference");
      var plus = difference.get("plus").asInt();
      var minus = difference.get("minus").asInt();
      var position = difference.get("position").asInt();
      check(
          model,
          golden,
          processing,
          "logit-difference",
          Metric.logitDifference(position, plus, minus));
      check(model, golden, processing, "loss", Metric.loss());
    }
  }

  private static void check(
      Transformer model, Golden golden, String processing, String which, Metric metric) {
    var tokens = Tokens.of(golden.tokens()[0]);
    double value = golden.about().at("/metrics/" + which + "/values/" + processing).asDouble();
    for (String part : new String[] {"", "-inputs"}) {
      Map<String, Numbers> expected =
          golden.numbers(processing + "-" + which + part + ".safetensors");
      var plan = RunPlan.captureMatching(expected.keySet().toArray(String[]::new));
      try (var run = model.run(tokens, plan.recordGradients());
          var scope = Scope.open()) {
        assertThat(metric.of(run).item()).isCloseTo(value, within(1e-4));
        var gradients = run.gradients(metric);
        expected.forEach(
            (point, numbers) -> {
              Tensor found = gradients.get(point);
              assertThat(found)
                  .as(which + " at " + point)
                  .isWithinShareOfLargest(SHARE, tensor(numbers, found));
            });
      }
    }
  }

  private static Tensor tensor(Numbers numbers, Tensor like) {
    assertThat(like.shape().toArray()).isEqualTo(numbers.shape());
    return Tensor.of(Shape.of(like.dims(), numbers.shape()), numbers.values());
  }

  @Test
  void anEditIsPartOfWhatIsDerived() {
    var model = ToyModels.gpt2Like(3);
    var tokens = Tokens.of(3, 1, 4, 1, 5);
    var point = HookKind.RESID_PRE.at(1);
    var plain = RunPlan.capture(point).recordGradients();
    var doubled = plain.edit(HookKind.RESID_POST.at(2), (x, at) -> x.times(0));
    try (var run = model.run(tokens, plain);
        var other = model.run(tokens, doubled)) {
      assertThat(largest(run.gradients(Metric.loss()).get(point))).isGreaterThan(1e-4);
      assertThat(largest(other.gradients(Metric.loss()).get(point))).isZero();
    }
  }

  private static double largest(Tensor gradient) {
    try (var scope = Scope.open()) {
      float most = 0;
      for (float each : gradient.abs().floats()) {
        most = Math.max(most, each);
      }
      return most;
    }
  }

  @Test
  void whatCannotBeDerivedIsSaid() {
    var model = ToyModels.gpt2Like(3);
    var tokens = Tokens.of(3, 1, 4, 1, 5);
    var point = HookKind.Z.at(0);
    var plan = RunPlan.capture(point);
    try (var run = model.run(tokens, plan);
        var recorded = model.run(tokens, plan.recordGradients())) {
      assertSaid(() -> run.gradients(Metric.loss(), point), "recordGradients()");
      assertSaid(
          () -> recorded.gradients(Metric.loss(), HookPoint.parse("hook_embed")),
          "hook_embed was not captured");
      assertSaid(() -> recorded.gradients(any -> any.logits(-1)), "those of one number");
      assertSaid(
          () -> recorded.gradients(any -> Tensor.full(Shape.SCALAR, 1)),
          "computed without any of these tensors");
    }
    assertSaid(
        () -> model.run(tokens, plan.recordGradients().atPositions(0, 2)),
        "leave out atPositions()");
  }

  private static void assertSaid(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String saying) {
    assertThatThrownBy(call).isInstanceOf(FresnelException.class).hasMessageContaining(saying);
  }
}
