package dev.fresnel.analysis.steering;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.PATTERN;
import static dev.fresnel.hook.HookKind.RESID_POST;
import static dev.fresnel.testkit.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.ToyModels;
import dev.fresnel.text.Tokens;
import java.util.List;
import org.junit.jupiter.api.Test;

class SteeringVectorTest {
  /** One sum of two float32 numbers around 10. */
  private static final float ROUNDING = 1e-5f;

  private static final HookPoint AT = RESID_POST.at(1);

  private final Transformer model = ToyModels.gpt2Like(5);

  private float[] last(Tokens tokens) {
    try (var run = model.run(tokens, RunPlan.capture(AT))) {
      return run.cache().get(AT).select(POS, -1).select(BATCH, 0).floats();
    }
  }

  @Test
  void itIsTheDifferenceOfTheMeansAtTheLastTokens() {
    var positive = List.of(Tokens.of(1, 2, 3), Tokens.of(4, 5));
    var vector = SteeringVector.ofContrast(model, AT, positive, List.of(Tokens.of(6)));
    float[] one = last(positive.get(0));
    float[] two = last(positive.get(1));
    float[] away = last(Tokens.of(6));
    double squares = 0;
    for (int i = 0; i < one.length; i++) {
      float expected = (one[i] + two[i]) / 2 - away[i];
      assertThat(vector.direction()[i]).isCloseTo(expected, within(ROUNDING));
      squares += expected * expected;
    }
    assertThat(vector.norm()).isCloseTo(Math.sqrt(squares), within(1e-4));
  }

  @Test
  void thePlanAddsItAtEveryPosition() {
    var vector = SteeringVector.ofContrast(model, AT, List.of(Tokens.of(1)), List.of(Tokens.of(2)));
    var tokens = Tokens.of(3, 4, 5);
    try (var plain = model.run(tokens, RunPlan.capture(AT));
        var steered = model.run(tokens, vector.plan(-2).and(RunPlan.capture(AT)));
        var scope = Scope.open()) {
      var added = steered.cache().get(AT).minus(plain.cache().get(AT));
      for (int position = 0; position < 3; position++) {
        float[] found = added.select(POS, position).floats();
        for (int i = 0; i < found.length; i++) {
          assertThat(found[i]).isCloseTo(-2 * vector.direction()[i], within(ROUNDING));
        }
      }
      assertThat(steered.logits(-1)).isNotNull();
    }
  }

  /** From one text to another at the last layer's end, the whole way makes the other's logits. */
  @Test
  void theWholeDifferenceBetweenTwoTextsTurnsOneIntoTheOther() {
    var end = RESID_POST.at(2);
    var one = Tokens.of(1, 2, 3);
    var other = Tokens.of(4, 5, 6);
    var vector = SteeringVector.ofContrast(model, end, List.of(other), List.of(one));
    try (var steered = model.run(one, vector.plan(1));
        var expected = model.run(other);
        var scope = Scope.open()) {
      assertThat(steered.logits(-1)).isCloseTo(expected.logits(-1), 1e-4);
    }
  }

  @Test
  void itsEffectIsTheChangeOfEachTokensLogProbability() {
    var vector = SteeringVector.ofContrast(model, AT, List.of(Tokens.of(1)), List.of(Tokens.of(2)));
    var tokens = Tokens.of(3, 4, 5);
    var effect = SteeringEffect.of(model, tokens, vector.plan(2));
    try (var plain = model.run(tokens);
        var steered = model.run(tokens, vector.plan(2))) {
      assertThat(effect.plain()[0]).isNaN();
      for (int at = 1; at < 3; at++) {
        double change = plain.lossPerToken()[0][at - 1] - steered.lossPerToken()[0][at - 1];
        assertThat(effect.changes()[at]).isCloseTo(change, within((double) ROUNDING)).isNotZero();
      }
    }
    assertThatThrownBy(
            () ->
                SteeringEffect.of(
                    model,
                    Tokens.leftPadded(List.of(new int[] {1, 2}, new int[] {3}), 0),
                    vector.plan(1)))
        .hasMessageContaining("one text without padding");
  }

  @Test
  void whatCannotBeSteeredIsRefused() {
    var some = List.of(Tokens.of(1));
    assertThatThrownBy(() -> SteeringVector.ofContrast(model, PATTERN.at(0), some, some))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("such as RESID_POST.at(6)");
    assertThatThrownBy(() -> SteeringVector.ofContrast(model, AT, some, List.of()))
        .hasMessageContaining("one set is empty");
    assertThatThrownBy(() -> SteeringVector.of(AT, 1f).plan(Double.NaN))
        .hasMessageContaining("finite");
    assertThatThrownBy(() -> SteeringVector.ofContrast(model, RESID_POST.at(9), some, some))
        .hasMessageContaining("blocks.9.hook_resid_post");
  }
}
