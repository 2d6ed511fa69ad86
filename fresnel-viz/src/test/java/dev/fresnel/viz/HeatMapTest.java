package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fresnel.error.FresnelException;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeatMapTest {
  private static HeatMap map(double first) {
    return HeatMap.of(
        "restored",
        new double[][] {{first, 1, Double.NaN}, {-2, 3, 4}},
        Labels.layers(2),
        Labels.tokens("position", Samples.tokens(3)));
  }

  private static JsonNode json(Figure figure) throws Exception {
    var markup = figure.data("figure-1").markup();
    int from = markup.indexOf('>', markup.indexOf("application/json")) + 1;
    return new ObjectMapper().readTree(markup.substring(from, markup.lastIndexOf("</script>")));
  }

  @Test
  void mapsWithTheSameNumbersAreEqual() {
    assertThat(map(5)).isEqualTo(map(5)).hasSameHashCodeAs(map(5)).isNotEqualTo(map(6));
    assertThat(map(5).signed()).isNotEqualTo(map(5));
  }

  @Test
  void aMapKeepsItsNumbersWhateverBecomesOfTheArraysOutside() {
    var values = new double[][] {{1}};
    var map = HeatMap.of("one", values, Labels.of("row", List.of("a")), Labels.heads(1));
    values[0][0] = 2;
    map.values()[0][0] = 3;
    assertThat(map.values()).isDeepEqualTo(new double[][] {{1}});
  }

  @Test
  void aPageCarriesTheLabelsAndTheUnitOfAMap() throws Exception {
    var json = json(Figure.heatMap(map(5).unit("logits").signed()));
    assertThat(json.get("heads").asBoolean()).isFalse();
    assertThat(json.get("signed").asBoolean()).isTrue();
    assertThat(json.get("unit").asText()).isEqualTo("logits");
    var panel = json.get("panels").get(0);
    assertThat(panel.get("values").toString()).isEqualTo("[[5,1,\"NaN\"],[-2,3,4]]");
    assertThat(panel.get("rows").toString())
        .isEqualTo("{\"title\":\"layer\",\"names\":[\"L0\",\"L1\"]}");
    assertThat(panel.get("columns").get("title").asText()).isEqualTo("position");
    assertThat(panel.get("columns").get("tokens").get("text").get(1).asText()).isEqualTo(" I");
  }

  @Test
  void layersByHeadsAreHeads() throws Exception {
    var scores = Samples.scores("induction", Samples.patterns(2, 3, 8), 1);
    assertThat(json(Figure.heads(scores)).get("heads").asBoolean()).isTrue();
    assertThat(json(Figure.attribution(Samples.attribution(2, 3))).get("heads").asBoolean())
        .isTrue();
    var byHand =
        HeatMap.of("mine", new double[2][3], Labels.layers(2), Labels.heads(3)).caption("Mine.");
    assertThat(json(Figure.heatMap(byHand)).get("heads").asBoolean()).isTrue();
    assertThat(Figure.heatMap(byHand).title()).isEqualTo("mine");
    assertThat(Figure.heatMap(byHand).subtitle()).isEqualTo("Mine.");
  }

  @Test
  void valuesThatDoNotFitTheirLabelsAreRefused() {
    var tokens = Labels.tokens("position", Samples.tokens(3));
    assertThatThrownBy(() -> HeatMap.of("m", new double[2][2], Labels.layers(2), tokens))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("must be [2][3], one row per layer and one column per position")
        .hasMessageContaining("got [2][2]");
    assertThatThrownBy(
            () -> HeatMap.of("m", new double[][] {{1, 2, 3}, {1}}, Labels.layers(2), tokens))
        .hasMessageContaining("got 2 rows of [3, 1] columns");
    assertThatThrownBy(() -> HeatMap.of("m", new double[0][], Labels.layers(0), tokens))
        .hasMessageContaining("at least one row");
  }

  @Test
  void mapsOfDifferentUnitsAreTwoFigures() {
    assertThatThrownBy(() -> Figure.heatMaps(List.of(map(1), map(2).unit("nats"))))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("unsigned value")
        .hasMessageContaining("unsigned nats")
        .hasMessageContaining("two figures");
    assertThatThrownBy(() -> Figure.heatMaps(List.of())).hasMessageContaining("at least one map");
  }
}
