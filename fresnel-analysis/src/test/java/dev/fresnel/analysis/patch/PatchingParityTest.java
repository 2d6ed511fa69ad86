package dev.fresnel.analysis.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fresnel.Fresnel;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Tokens;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every sweep of TransformerLens's patching.py, on its own numbers. */
@Tag("golden")
class PatchingParityTest {
  /** Of |a - b| / (1 + |a|). float32 sums in another order differ by some 1e-6. */
  private static final double TOLERANCE = 1e-4;

  private static final Map<String, Measure> MEASURES =
      Map.of(
          "logit-diff", Measure.logitDifference(),
          "log-prob", Measure.logProbability(),
          "kl", Measure.klDivergence());

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama"})
  void everySweepGivesTransformerLenssNumbers(String name) {
    var golden = Golden.of("patching/" + name);
    var about = golden.about();
    int[] corrupted = new int[golden.tokens()[0].length];
    for (int i = 0; i < corrupted.length; i++) {
      corrupted[i] = about.at("/corrupted_tokens/0/" + i).asInt();
    }
    var pair =
        new PromptPair(
            Tokens.of(golden.tokens()[0]),
            Tokens.of(corrupted),
            about.get("answer").asInt(),
            about.get("wrong").asInt());
    try (var model = Fresnel.load(Golden.of(name).model())) {
      for (Direction direction : Direction.values()) {
        for (String metric : List.of("logit-diff", "log-prob", "kl")) {
          String file = direction.label() + "." + metric + ".safetensors";
          if (!metric.equals("logit-diff") && direction == Direction.CORRUPTED_INTO_CLEAN) {
            continue;
          }
          var patching =
              ActivationPatching.of(model).measure(MEASURES.get(metric)).direction(direction);
          golden
              .numbers(file)
              .forEach(
                  (sweep, expected) -> {
                    Sweep found = swept(patching, sweep, pair);
                    assertClose(file + " " + sweep, found, expected);
                    var unpatched = about.get("unpatched").get(metric);
                    assertThat(found.clean())
                        .isCloseTo(unpatched.get("clean").asDouble(), within(TOLERANCE));
                    assertThat(found.corrupted())
                        .isCloseTo(unpatched.get("corrupted").asDouble(), within(TOLERANCE));
                  });
        }
      }
    }
  }

  private static Sweep swept(ActivationPatching patching, String sweep, PromptPair pair) {
    String[] parts = sweep.toUpperCase(Locale.ROOT).split("\\.");
    return patching.what(PatchSite.valueOf(parts[0])).by(PatchBy.valueOf(parts[1])).run(pair);
  }

  /** TransformerLens puts the heads of a pattern's positions before the positions. */
  private static void assertClose(String what, Sweep found, Golden.Numbers expected) {
    boolean headFirst = what.endsWith("head_pattern.position");
    float[] numbers = expected.values();
    assertThat(found.values()).as(what).hasSize(numbers.length);
    for (int i = 0; i < numbers.length; i++) {
      int[] at = found.indices(i);
      int place = i;
      if (headFirst) {
        int positions = found.axes().get(1).size();
        int heads = found.axes().get(2).size();
        place = (at[0] * heads + at[2]) * positions + at[1];
      }
      double right = numbers[place];
      assertThat(found.values()[i])
          .as("%s %s", what, java.util.Arrays.toString(at))
          .isCloseTo(right, within(TOLERANCE * (1 + Math.abs(right))));
    }
  }
}
