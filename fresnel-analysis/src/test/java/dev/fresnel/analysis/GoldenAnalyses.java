package dev.fresnel.analysis;

import static dev.fresnel.hook.HookKind.MLP_OUT;
import static dev.fresnel.hook.HookKind.PATTERN;
import static dev.fresnel.hook.HookKind.RESID_MID;
import static dev.fresnel.hook.HookKind.RESID_PRE;
import static dev.fresnel.hook.HookKind.Z;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.analysis.Attribution.Component;
import dev.fresnel.analysis.Attribution.Method;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import java.util.Map;

/**
 * Compares analyses of one run with what the workshop's own solutions and TransformerLens computed.
 *
 * @param run a run that kept {@link #plan}
 * @param tolerance |a - b| / (1 + |a|)
 */
record GoldenAnalyses(Run run, double tolerance) {
  private static final Map<HeadDetector, String> DETECTORS =
      Map.of(
          HeadDetector.currentToken(), "current",
          HeadDetector.previousToken(), "previous",
          HeadDetector.firstToken(), "first",
          HeadDetector.duplicateToken(), "duplicate",
          HeadDetector.induction(), "induction");

  static RunPlan plan(Transformer model) {
    var plan = RunPlan.capture(PATTERN, Z, RESID_PRE);
    for (HookKind kind : new HookKind[] {RESID_MID, MLP_OUT}) {
      if (model.hookPoints().contains(kind.at(0))) {
        plan = plan.and(RunPlan.capture(kind));
      }
    }
    return plan;
  }

  void checkDetectors(JsonNode golden) {
    DETECTORS.forEach(
        (detector, name) ->
            checkHeads(name, scores(golden.get(name)), detector.score(run).values()));
  }

  private static JsonNode scores(JsonNode detector) {
    return detector.isArray() ? detector : detector.get("scores");
  }

  void checkWorkshopAttribution(JsonNode byPosition) {
    byPosition
        .properties()
        .forEach(
            entry -> {
              int position = Integer.parseInt(entry.getKey());
              var own = LogitAttribution.ofNextToken(run, position, Method.WORKSHOP);
              checkHeads("attribution at " + position, entry.getValue(), own.scores());
            });
  }

  void checkDirectAttribution(JsonNode cases) {
    for (JsonNode golden : cases) {
      var own = LogitAttribution.ofNextToken(run, golden.get("position").asInt());
      assertThat(own.target().id()).isEqualTo(golden.get("target").asInt());
      checkHeads("direct", golden.get("heads"), own.scores());
      check("logit", golden.get("logit"), own.logit());
      for (Component component : own.components()) {
        checkComponent(golden, component);
      }
    }
  }

  private void checkComponent(JsonNode golden, Component component) {
    String name = component.name();
    if (name.equals("bias")) {
      assertThat(component.score())
          .isCloseTo(
              golden.get("bias").asDouble() + golden.get("b_U").asDouble(), within(10 * tolerance));
    } else if (name.endsWith(" mlp")) {
      int layer = Integer.parseInt(name.substring(1, name.indexOf(' ')));
      check(name, golden.get("mlps").get(layer), component.score());
    } else {
      check(name, golden.get(name), component.score());
    }
  }

  void checkLens(JsonNode byPosition) {
    byPosition
        .properties()
        .forEach(
            entry -> {
              int position = Integer.parseInt(entry.getKey());
              var lens = LogitLens.of(run, entry.getValue().get(0).get("tokens").size());
              assertThat(lens.stages()).hasSameSizeAs(entry.getValue());
              for (int stage = 0; stage < entry.getValue().size(); stage++) {
                checkStage(entry.getValue().get(stage), lens, stage, position);
              }
            });
  }

  private void checkStage(JsonNode golden, LogitLens lens, int stage, int position) {
    assertThat(lens.stages().get(stage)).isEqualTo(golden.get("label").asText());
    var own = lens.predictions().get(stage).get(position);
    for (int rank = 0; rank < own.size(); rank++) {
      assertThat(own.get(rank).token().id()).isEqualTo(golden.get("tokens").get(rank).asInt());
      check("logit", golden.get("logits").get(rank), own.get(rank).logit());
      check("probability", golden.get("probabilities").get(rank), own.get(rank).probability());
    }
  }

  private void checkHeads(String what, JsonNode golden, HeadValues own) {
    for (ScoredHead each : own.all()) {
      HeadId head = each.head();
      check(what + " " + head, golden.get(head.layer()).get(head.head()), each.score());
    }
  }

  private void check(String what, JsonNode golden, double own) {
    double expected = golden.asDouble();
    assertThat(own).as(what).isCloseTo(expected, within(tolerance * (1 + Math.abs(expected))));
  }
}
