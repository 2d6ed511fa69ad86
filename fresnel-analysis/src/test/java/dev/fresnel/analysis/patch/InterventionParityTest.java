package dev.fresnel.analysis.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.Fresnel;
import dev.fresnel.analysis.HeadId;
import dev.fresnel.model.Transformer;
import dev.fresnel.testkit.Golden;
import dev.fresnel.text.Tokens;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ablation, knockout and path patching give the numbers of TransformerLens's hooks. */
class InterventionParityTest {
  /** float32 sums of the same products in another order, through up to three layers. */
  private static final double TOLERANCE = 1e-4;

  private static int[] ints(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }

  private static List<Integer> list(JsonNode array) {
    return IntStream.of(ints(array)).boxed().toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama"})
  void everyInterventionGivesTransformerLenssNumbers(String name) {
    var golden = Golden.of("interventions/" + name);
    var about = golden.about();
    var pair =
        new PromptPair(
            Tokens.of(golden.tokens()[0]),
            Tokens.of(ints(about.at("/corrupted_tokens/0"))),
            about.get("answer").asInt(),
            about.get("wrong").asInt());
    var data =
        StreamSupport.stream(about.get("data").spliterator(), false)
            .map(text -> Tokens.of(ints(text)))
            .toList();
    var receiver = new HeadId(about.at("/receiver/0").asInt(), about.at("/receiver/1").asInt());
    try (var model = Fresnel.load(Golden.of(name).model())) {
      var values = golden.numbers("values.safetensors");
      assertThat(values).hasSizeGreaterThanOrEqualTo(7);
      values.forEach(
          (what, expected) -> {
            Sweep found =
                switch (what) {
                  case "heads.zero" -> Ablation.of(model).run(List.of(pair.clean()));
                  case "heads.mean" ->
                      Ablation.of(model).by(Filling.MEAN, data).run(List.of(pair.clean()));
                  case "mlps.resample" ->
                      Ablation.of(model)
                          .what(AblationSite.MLPS)
                          .by(Filling.RESAMPLE, data)
                          .run(List.of(pair.clean()));
                  case "knockout" ->
                      AttentionKnockout.of(
                              model, list(about.get("queries")), list(about.get("keys")))
                          .run(pair);
                  default -> path(model, receiver, what).run(pair);
                };
            assertThat(found.values()).as(what).hasSize(expected.values().length);
            for (int i = 0; i < expected.values().length; i++) {
              double right = expected.values()[i];
              assertThat(found.values()[i])
                  .as("%s, cell %d", what, i)
                  .isCloseTo(right, within(TOLERANCE * (1 + Math.abs(right))));
            }
          });
    }
  }

  /** {@code path.k.through-mlps}. */
  private static PathPatching path(Transformer model, HeadId receiver, String what) {
    String[] parts = what.toUpperCase(Locale.ROOT).replace('-', '_').split("\\.");
    return PathPatching.of(model, receiver, PathPatching.Input.valueOf(parts[1]))
        .route(PathPatching.Route.valueOf(parts[2]));
  }
}
