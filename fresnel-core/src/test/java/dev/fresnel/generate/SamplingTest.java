package dev.fresnel.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.Golden;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SamplingTest {
  /** Two roundings of float32, of logits up to 20. */
  private static final Offset<Float> ROUNDING = Offset.offset(1e-5f);

  private static final int[] NONE = {};

  private final JsonNode golden =
      Golden.json(Golden.root().resolve("generation/case.json")).get("sampling");

  private static float[] floats(JsonNode array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).isNull() ? Float.NEGATIVE_INFINITY : (float) array.get(i).asDouble();
    }
    return values;
  }

  private static Sampling sampling(JsonNode options) {
    return new Sampling(
        options.path("temperature").asDouble(1),
        options.path("top_k").asInt(0),
        options.path("top_p").asDouble(1),
        options.path("repetition_penalty").asDouble(1),
        options.path("frequency_penalty").asDouble(0));
  }

  @Test
  void tokensAreDrawnFromTheLogitsOfTransformerLens() {
    float[] logits = floats(golden.get("logits"));
    int[] text = new int[golden.get("text").size()];
    for (int i = 0; i < text.length; i++) {
      text[i] = golden.get("text").get(i).asInt();
    }
    assertThat(golden.get("cases")).isNotEmpty();
    for (JsonNode options : golden.get("cases")) {
      float[] expected = floats(options.get("filtered"));
      float[] found = sampling(options).applied(logits, text);
      for (int i = 0; i < expected.length; i++) {
        if (Float.isInfinite(expected[i])) {
          assertThat(found[i]).as(options + " token " + i).isEqualTo(expected[i]);
        } else {
          assertThat(found[i]).as(options + " token " + i).isCloseTo(expected[i], ROUNDING);
        }
      }
    }
  }

  @Test
  void drawsHaveTheProbabilitiesOfTheSoftmax() {
    float[] logits = {(float) Math.log(6), (float) Math.log(3), Float.NEGATIVE_INFINITY, 0};
    int[] counts = new int[4];
    var random = new SplittableRandom(5);
    int draws = 20_000;
    for (int i = 0; i < draws; i++) {
      counts[Sampling.random().choose(logits, NONE, random)]++;
    }
    // Four standard deviations of a share near one half are 0.014.
    var close = Offset.offset(0.015);
    assertThat((double) counts[0] / draws).isCloseTo(0.6, close);
    assertThat((double) counts[1] / draws).isCloseTo(0.3, close);
    assertThat(counts[2]).isZero();
  }

  @Test
  void aTinyTemperatureChoosesTheLikeliest() {
    var random = new SplittableRandom(1);
    for (float[] logits : new float[][] {{1, 4, -2}, {-9, -4, -6}, {0, 1e-20f, -1}}) {
      for (double temperature : new double[] {1e-30, 1e-300, Double.MIN_VALUE}) {
        var sampling = Sampling.random().withTemperature(temperature);
        assertThat(sampling.choose(logits, NONE, random)).isEqualTo(1);
        assertThat(sampling.withTopP(0.5).choose(logits, NONE, random)).isEqualTo(1);
      }
    }
    float[] broken = {1, Float.NaN};
    var tiny = Sampling.random().withTemperature(1e-300);
    assertThatThrownBy(() -> tiny.choose(broken, NONE, random))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("the logit of token 1 is NaN");
  }

  @Test
  void aGreedyChoiceIsTheFirstOfTheLargestAndHeedsTheRepetitionPenalty() {
    var random = new SplittableRandom(1);
    float[] logits = {1, 4, 4, -2};
    assertThat(Sampling.greedy().choose(logits, NONE, random)).isEqualTo(1);
    var penalized = Sampling.greedy().withRepetitionPenalty(2);
    assertThat(penalized.choose(logits, new int[] {1}, random)).isEqualTo(2);
  }

  @Test
  void topPKeepsAsManyOfSeveralEquallyLikelyTokensAsItNeeds() {
    float[] found = Sampling.random().withTopP(0.4).applied(new float[] {1, 1, 1, 1}, NONE);
    assertThat(found).containsExactly(1, 1, Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY);
  }

  @Test
  void logitsThatAreNoNumbersAreNoChoice() {
    var random = new SplittableRandom(1);
    assertThatThrownBy(() -> Sampling.greedy().choose(new float[] {1, Float.NaN}, NONE, random))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("token 1 is NaN");
    float[] forbidden = {Float.NEGATIVE_INFINITY};
    assertThatThrownBy(() -> Sampling.random().choose(forbidden, NONE, random))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("no logit is finite");
  }

  @Test
  void numbersOutsideTheirRangeAreRefused() {
    var random = Sampling.random();
    assertThatThrownBy(() -> random.withTemperature(-1)).hasMessageContaining("temperature");
    assertThatThrownBy(() -> random.withTopP(0)).hasMessageContaining("top-p");
    assertThatThrownBy(() -> random.withRepetitionPenalty(0)).hasMessageContaining("penalty");
    assertThatThrownBy(() -> random.withTopK(3).withTopP(0.5)).hasMessageContaining("exclude");
  }
}
