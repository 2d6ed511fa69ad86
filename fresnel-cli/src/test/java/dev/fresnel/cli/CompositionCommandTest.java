package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompositionCommandTest {
  @Test
  void theStrongestPairsAreListed() {
    String[] composition = {"composition", "--model", "by-hand", "--top", "1"};
    assertThat(Called.with(composition).succeeded().out())
        .startsWith("by-hand: K-composition, the strongest pairs\n")
        .containsPattern("  L0H\\d   -> L1H\\d  +[01]\\.\\d{3,4}\n");
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
  void everyEndingGivesAFile(@TempDir Path folder) throws IOException {
    for (String ending : List.of("html", "svg", "png", "csv", "txt")) {
      Path file = folder.resolve("composition." + ending);
      Called.with("composition", "--model", "by-hand", "--output", file.toString()).succeeded();
      assertThat(file).isNotEmptyFile();
    }
    assertThat(Files.readString(folder.resolve("composition.html")))
        .contains("K-composition", "by its keys", "L0H0", "L1H2");
    assertThat(Files.readString(folder.resolve("composition.csv"))).contains("L0H1,L1H0,");
    String[] wrong = {"composition", "--model=by-hand", "--output=x.pdf"};
    assertThat(Called.with(wrong).failed(2).err()).contains("ends in .html, .svg");
  }

  @Test
  void anUnknownKindIsAMistake() {
    assertThat(Called.with("composition", "--kind=x").failed(2).err()).contains("q or k or v");
  }
}
