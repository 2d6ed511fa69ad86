package dev.fresnel.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fresnel.Fresnel;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.text.Tokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The bundled model does what its card says. The card's loss on all held-out text needs the corpus:
 * fresnel-models/make/check measures it.
 */
class ModelCardTest {
  /** Processors round float32 differently; what a card is read for is larger. */
  private static final double TOLERANCE = 0.002;

  private static Transformer model;
  private static JsonNode card;
  private static List<InductionCheck.Result> checks;

  @BeforeAll
  static void measure() throws IOException {
    model = Fresnel.load();
    card =
        new ObjectMapper()
            .readTree(Fresnel.class.getResourceAsStream("/dev/fresnel/models/card.json"));
    int bos = ModelCard.bos(model);
    checks = ModelCard.checks(model, texts(), bos, ModelCard.inductionHeads(model, bos));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Tokens texts() {
    var texts = new ArrayList<int[]>();
    for (JsonNode text : card.get("texts")) {
      texts.add(IntStream.range(0, text.size()).map(i -> text.get(i).asInt()).toArray());
    }
    return Tokens.ofRows(texts);
  }

  @Test
  void itIsTwoLayersOfAttentionAndNothingElse() {
    var config = model.config();
    assertThat(config.name()).isEqualTo("fresnel-2l").isEqualTo(card.get("model").asText());
    assertThat(config.sizes().layers()).isEqualTo(2);
    assertThat(config.attentionOnly()).isTrue();
    assertThat(config.norm()).isInstanceOf(Norm.None.class);
    assertThat(config.positional()).isInstanceOf(Positional.Shortformer.class);
    assertThat(model.parameters()).isEqualTo(card.get("parameters").asLong());
  }

  @Test
  void itHasInductionAndPreviousTokenHeadsOnAllThatComesTwice() {
    assertThat(checks).hasSize(20);
    for (var each : checks) {
      assertThat(each.induction().score()).as("%s", each).isGreaterThan(0.5);
      assertThat(each.induction().head().layer()).as("%s", each).isEqualTo(1);
      assertThat(each.previousToken().score()).as("%s", each).isGreaterThan(0.5);
      assertThat(each.previousToken().head().layer()).as("%s", each).isEqualTo(0);
    }
  }

  @Test
  void withoutItsInductionHeadsMostOfTheGapBetweenTheHalvesIsGone() {
    for (var each : checks) {
      assertThat(each.secondHalf()).as("%s", each).isLessThan(each.firstHalf() - 1);
      assertThat(each.removed()).as("%s", each).isGreaterThan(0.5);
    }
  }

  @Test
  void itsCardStatesWhatIsMeasured() {
    assertThat(labels("induction_heads"))
        .isEqualTo(
            ModelCard.inductionHeads(model, ModelCard.bos(model)).stream()
                .map(head -> head.label())
                .toList());
    for (int i = 0; i < checks.size(); i++) {
      var measured = checks.get(i);
      JsonNode stated = card.get("checks").get(i);
      assertThat(stated.get("source").asText())
          .isEqualToIgnoringCase(measured.check().source().name());
      assertThat(stated.get("half").asInt()).isEqualTo(measured.check().half());
      assertThat(stated.get("bos").asBoolean()).isEqualTo(measured.check().bos());
      assertStates(stated.get("induction").get("score"), measured.induction().score());
      assertStates(stated.get("previous_token").get("score"), measured.previousToken().score());
      assertStates(stated.get("first_half_loss"), measured.firstHalf());
      assertStates(stated.get("second_half_loss"), measured.secondHalf());
      assertStates(stated.get("ablated_first_half_loss"), measured.ablatedFirstHalf());
      assertStates(stated.get("ablated_second_half_loss"), measured.ablatedSecondHalf());
    }
  }

  private static void assertStates(JsonNode stated, double measured) {
    assertThat(measured).isCloseTo(stated.asDouble(), within(TOLERANCE));
  }

  private static List<String> labels(String key) {
    return StreamSupport.stream(card.get(key).spliterator(), false).map(JsonNode::asText).toList();
  }

  @Test
  void itPredictsUnseenTextBetterThanItsBigramsDo() {
    assertThat(card.get("held_out_loss").asDouble())
        .isLessThan(card.get("bigram").get("loss").asDouble());
  }
}
