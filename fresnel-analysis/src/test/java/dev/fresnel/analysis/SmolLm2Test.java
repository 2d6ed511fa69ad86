package dev.fresnel.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.Fresnel;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.SmolLm2;
import dev.fresnel.text.Bos;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A real model, with real induction heads, on the workshop's text: TransformerLens's heads and
 * scores.
 */
@Tag("golden")
class SmolLm2Test {
  /** 30 layers of float32 sums in another order; single products agree to 1e-6. */
  private static final double TOLERANCE = 2e-4;

  private final JsonNode golden = Golden.json(Golden.root().resolve("smollm2/golden.json"));

  @Test
  void textBecomesItsOwnTokens() {
    try (var model = Fresnel.load(SmolLm2.file(), LoadOptions.DEFAULT.raw())) {
      var tokens = model.tokens(golden.get("text").asText());
      assertThat(tokens.ids(0)).containsExactly(ints(golden.get("tokens").get(0)));
      assertThat(tokens.row(0).stream().map(token -> token.text()).toList())
          .isEqualTo(
              StreamSupport.stream(golden.get("str_tokens").spliterator(), false)
                  .map(JsonNode::asText)
                  .toList());
      assertThat(tokens.startsWithBos()).isFalse();
      for (JsonNode encoding : golden.get("encodings")) {
        assertThat(model.tokenizer().orElseThrow().encode(encoding.get("text").asText()))
            .as(encoding.get("text").asText())
            .containsExactly(ints(encoding.get("ids")));
      }
      assertThat(model.tokens(" I can", Bos.PREPEND).ids(0))
          .containsExactly(ints(golden.get("with_bos")));
    }
  }

  @Test
  void itsHeadsAreThoseThatTransformerLensFinds() {
    for (String kind : new String[] {"raw", "default"}) {
      var options = kind.equals("raw") ? LoadOptions.DEFAULT.raw() : LoadOptions.DEFAULT;
      try (var model = Fresnel.load(SmolLm2.file(), options);
          var run = run(model)) {
        JsonNode expected = golden.get(kind);
        new GoldenAnalyses(run, TOLERANCE).checkDetectors(expected.get("detectors"));
        var induction = HeadDetector.induction().score(run).above(0.5);
        assertThat(induction.stream().map(head -> head.head().label()).sorted().toList())
            .containsExactly("L17H5", "L18H6", "L20H6");
        assertThat(run.loss()).isCloseTo(expected.get("loss").asDouble(), within(TOLERANCE));
        var next = NextTokens.of(run, run.tokens().length() - 1, 10);
        assertThat(next.stream().mapToInt(prediction -> prediction.token().id()).toArray())
            .containsExactly(ints(expected.get("next_token").get("tokens")));
      }
    }
  }

  @Test
  void itsLogitsComeApartAsInTransformerLens() {
    try (var model = Fresnel.load(SmolLm2.file(), LoadOptions.DEFAULT);
        var run = run(model)) {
      var analyses = new GoldenAnalyses(run, TOLERANCE);
      JsonNode expected = golden.get("default");
      analyses.checkWorkshopAttribution(expected.get("workshop_attribution"));
      analyses.checkDirectAttribution(expected.get("direct_attribution"));
      analyses.checkLens(expected.get("logit_lens"));
    }
  }

  private Run run(Transformer model) {
    return model.run(model.tokens(golden.get("text").asText()), GoldenAnalyses.plan(model));
  }

  private static int[] ints(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }
}
