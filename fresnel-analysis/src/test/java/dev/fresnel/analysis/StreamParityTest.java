package dev.fresnel.analysis;

import static dev.fresnel.testkit.TensorAssert.assertThat;
import static dev.fresnel.testkit.TensorAssert.assertThatNumbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.Fresnel;
import dev.fresnel.analysis.PatternMatch.Excluded;
import dev.fresnel.analysis.PatternMatch.Measure;
import dev.fresnel.hook.Dims;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.testkit.Golden;
import dev.fresnel.testkit.Golden.Numbers;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TransformerLens's ActivationCache methods, logit attribution, lens and head detector. */
@Tag("golden")
class StreamParityTest {
  /** Of sums of float32 in another order, as {@code |a - b| / (1 + |a|)}. */
  private static final double TOLERANCE = 1e-4;

  /** TransformerLens rounds its {@code abs} measure to three decimals. */
  private static final double ROUNDED = 5.1e-4;

  /** Runs are made once. */
  private static final Map<String, Case> CASES = new HashMap<>();

  @AfterAll
  static void close() {
    CASES.values().forEach(Case::close);
    CASES.clear();
  }

  private static final class Case implements AutoCloseable {
    static Case of(String name, boolean raw) {
      return CASES.computeIfAbsent(name + raw, key -> new Case(name, raw));
    }

    final Golden golden;
    final Map<String, Numbers> values;
    final Transformer model;
    final Run run;

    Case(String name, boolean raw) {
      golden = Golden.of("circuits/" + name);
      values = golden.numbers("values.safetensors");
      var options = raw ? LoadOptions.DEFAULT.raw() : LoadOptions.DEFAULT;
      model = Fresnel.load(Golden.of(name).model(), options);
      var plan = ResidualStream.plan(model).and(HeadDetector.induction().plan());
      plan = model.config().attentionOnly() ? plan : plan.and(ResidualStream.neuronPlan(model));
      run = model.run(Tokens.of(golden.tokens()[0]), plan);
    }

    int last() {
      return run.tokens().length() - 1;
    }

    ReadBy early() {
      return model.config().attentionOnly() ? ReadBy.attention(1) : ReadBy.mlp(1);
    }

    void check(String name, ResidualStack stack) {
      var labels = new ArrayList<String>();
      golden.about().at("/labels").get(name).forEach(label -> labels.add(label.asText()));
      assertThat(stack.labels()).as(name).startsWith(labels.toArray(String[]::new));
      assertThat(stack.vectors().slice(ResidualStack.PART, 0, labels.size()))
          .as(name)
          .isCloseTo(values.get(name), TOLERANCE);
    }

    @Override
    public void close() {
      run.close();
      model.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "tl-shortformer"})
  void theResidualStreamIsTakenApartAsByActivationCache(String name) {
    for (boolean raw : new boolean[] {true, false}) {
      var golden = Case.of(name, raw);
      try (var scope = Scope.open()) {
        String which = raw ? "raw/" : "default/";
        var stream = ResidualStream.of(golden.run);
        boolean mlps = !golden.model.config().attentionOnly();
        golden.check(
            which + "accumulated", mlps ? stream.accumulatedWithMiddles() : stream.accumulated());
        golden.check(which + "sublayers", stream.sublayers());
        golden.check(which + "sublayers-early", stream.readBy(golden.early()).sublayers());
        golden.check(which + "heads", stream.heads());
        var last = stream.at(golden.last());
        golden.check(which + "parts", mlps ? last.headsAndNeurons() : last.headsAndMlps());
        if (mlps) {
          golden.check(which + "neurons", last.neurons());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "tl-shortformer"})
  void theNormIsFrozenOrRecomputedAsByActivationCache(String name) {
    var golden = Case.of(name, false);
    try (var scope = Scope.open()) {
      var stream = ResidualStream.of(golden.run);
      golden.check("normalized/accumulated", stream.accumulated().normalized());
      golden.check("recomputed/accumulated", stream.accumulated().normalizedAlone());
      golden.check(
          "normalized/sublayers-early", stream.readBy(golden.early()).sublayers().normalized());
      golden.check("normalized/heads", stream.heads().normalized());
      golden.check("normalized/parts", stream.headsAndMlps().normalized());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "tl-shortformer"})
  void logitsAreAttributedAsByLogitAttrs(String name) {
    var golden = Case.of(name, false);
    try (var scope = Scope.open()) {
      var numbers = golden.golden.about().get("target");
      int plus = numbers.get("plus").asInt();
      var targets =
          Map.of(
              "attribution/plus",
              LogitTarget.of(plus),
              "attribution/difference",
              LogitTarget.difference(plus, numbers.get("minus").asInt()));
      targets.forEach(
          (key, target) -> {
            var stack = ResidualStream.of(golden.run).headsAndMlps();
            assertThat(stack.normalized().logits(target))
                .as(key)
                .isCloseTo(golden.values.get(key), TOLERANCE);
            checkEverywhere(golden, target, golden.values.get(key));
          });
    }
  }

  /** The fast way gives the same shares; its bias holds the unembedding's too. */
  private static void checkEverywhere(Case golden, LogitTarget target, Numbers expected) {
    var everywhere = LogitAttribution.everywhere(golden.run, 0, target);
    var labels = golden.golden.about().at("/labels/attributed");
    int length = golden.last() + 1;
    for (int part = 0; part < labels.size(); part++) {
      String label = labels.get(part).asText();
      String own = label.endsWith("_mlp_out") ? "L" + label.replace("_mlp_out", " mlp") : label;
      if (!own.equals("bias")) {
        double[] shares = everywhere.of(own);
        for (int position = 0; position < length; position++) {
          double number = expected.values()[part * length + position];
          assertThat(shares[position])
              .as(label)
              .isCloseTo(number, within(TOLERANCE * (1 + Math.abs(number))));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama"})
  void neuronsAreAttributedAsByLogitAttrs(String name) {
    var golden = Case.of(name, false);
    try (var scope = Scope.open()) {
      var numbers = golden.golden.about().get("target");
      var target =
          LogitTarget.difference(numbers.get("plus").asInt(), numbers.get("minus").asInt());
      float[] expected = golden.values.get("attribution/neurons").values();
      int width = expected.length / golden.model.layers();
      var found = LogitAttribution.neurons(golden.run, 0, golden.last(), target, expected.length);
      assertThat(found).hasSize(expected.length);
      for (ScoredNeuron neuron : found) {
        double number = expected[neuron.layer() * width + neuron.neuron()];
        assertThat(neuron.score())
            .as(neuron.label())
            .isCloseTo(number, within(TOLERANCE * (1 + Math.abs(number))));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "tl-shortformer"})
  void aLensShowsHowThePredictionForms(String name) {
    var golden = Case.of(name, false);
    try (var scope = Scope.open()) {
      var lens = LensTrajectory.ofNextTokens(golden.run, 0);
      var all = LensTrajectory.of(golden.run, 0);
      var labels = new ArrayList<String>();
      golden.golden.about().at("/labels/lens").forEach(label -> labels.add(label.asText()));
      assertThat(lens.stages()).isEqualTo(labels);
      assertThatNumbers(flat(all.entropies()))
          .isCloseTo(golden.values.get("lens/entropies").values(), TOLERANCE);
      assertThatNumbers(flat(all.divergences()))
          .isCloseTo(golden.values.get("lens/divergences").values(), TOLERANCE);
      var chosen = lens.chosen().stream().flatMap(List::stream).map(each -> each.get(0)).toList();
      float[] ranks = golden.values.get("lens/ranks").values();
      float[] probabilities = golden.values.get("lens/probabilities").values();
      for (int i = 0; i < ranks.length; i++) {
        assertThat(chosen.get(i).rank()).isEqualTo((int) ranks[i]);
        assertThat(chosen.get(i).probability()).isCloseTo(probabilities[i], within(TOLERANCE));
      }
    }
  }

  private static float[] flat(double[][] rows) {
    var flat = new float[rows.length * rows[0].length];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = (float) rows[i / rows[0].length][i % rows[0].length];
    }
    return flat;
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "tl-shortformer"})
  void headsAreDetectedAsByDetectHead(String name) {
    var golden = Case.of(name, false);
    try (var scope = Scope.open()) {
      for (JsonNode each : golden.golden.about().get("detected")) {
        var match = match(golden, each.get("pattern").asText());
        if (each.get("exclude_bos").asBoolean()) {
          match = match.without(Excluded.BOS);
        }
        if (each.get("exclude_current_token").asBoolean()) {
          match = match.without(Excluded.CURRENT_TOKEN);
        }
        boolean share = each.get("measure").asText().equals("mul");
        match = match.by(share ? Measure.SHARE : Measure.CLOSENESS);
        double tolerance = share ? TOLERANCE : ROUNDED;
        for (ScoredHead head : match.score(golden.run).all()) {
          double expected =
              each.get("scores").get(head.head().layer()).get(head.head().head()).asDouble();
          assertThat(head.score())
              .as("%s of %s", each.get("pattern"), head.head())
              .isCloseTo(expected, within(tolerance));
        }
      }
    }
  }

  private static PatternMatch match(Case golden, String name) {
    return switch (name) {
      case "previous_token_head" -> PatternMatch.previousToken();
      case "duplicate_token_head" -> PatternMatch.duplicateToken();
      case "induction_head" -> PatternMatch.induction();
      default -> PatternMatch.of("custom", (tokens, query, key) -> 0.25);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "tl-shortformer"})
  void theLastNormalizedPartsGiveTheLogit(String name) {
    var golden = Case.of(name, true);
    try (var scope = Scope.open()) {
      var target = LogitTarget.of(3);
      var parts = ResidualStream.of(golden.run).headsAndMlps().normalized();
      assertThat(parts.logits(target).sum(ResidualStack.PART).plus(target.bias(golden.model)))
          .isCloseTo(golden.run.logits().select(Dims.D_VOCAB, 3), TOLERANCE);
    }
  }
}
