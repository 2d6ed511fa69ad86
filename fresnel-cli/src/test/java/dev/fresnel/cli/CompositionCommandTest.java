package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CompositionCommandTest {
  @Test
  void theStrongestPairsAreListed() {
    String[] composition = {"composition", "--model", "by-hand", "--top", "1"};
    assertThat(Called.with(composition).succeeded().out())
        .startsWith("by-hand: K-composition, the strongest pairs\n")
        .containsPattern("  L0H\\d   -> L1H\\d  +[01]\\.\\d{3}\n");
  }

  @Test
  void jsonHoldsEveryPair() {
    var json =
        Called.with("composition", "--model", Called.golden("gpt2"), "--kind=v", "--json").json();
    assertThat(json.get("kind").asText()).isEqualTo("v");
    assertThat(json.get("scores")).hasSize(3);
    assertThat(json.get("scores").get(0).get(0)).hasSize(3);
    var first = json.get("pairs").get(0);
    assertThat(json.get("pairs")).hasSize(10);
    assertThat(first.get("score").asDouble()).isBetween(0.0, 1.0);
    assertThat(first.get("from").asText()).matches("L\\dH\\d");
  }

  @Test
  void anUnknownKindIsAMistake() {
    assertThat(Called.with("composition", "--kind=x").failed(2).err()).contains("q or k or v");
  }
}
