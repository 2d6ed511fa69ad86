package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FooterTest {
  @Test
  void proseIsWrappedOnceAndBetweenWords() {
    var lines =
        List.of(
            "  fresnel heads",
            "",
            "JSON: one two three",
            "four docs/FIVE.md.",
            "Environment: six",
            "key      a column");
    assertThat(Footer.fitted(lines, 20))
        .containsExactly(
            "  fresnel heads",
            "",
            "JSON: one two three",
            "four docs/FIVE.md.",
            "Environment: six",
            "key      a column");
    assertThat(Footer.fitted(lines, 40))
        .contains("JSON: one two three four docs/FIVE.md.", "Environment: six");
  }

  @Test
  void theWidthIsTheTerminals() {
    assertThat(Width.of("132")).isEqualTo(132);
    assertThat(Width.of("20")).isEqualTo(60);
    assertThat(Width.of(null)).isEqualTo(80);
    assertThat(Width.of("wide")).isEqualTo(80);
    var row = new double[][] {new double[32]};
    assertThat(HeadTable.of(row, "H", 200).lines().filter(line -> line.startsWith("L0")))
        .hasSize(1);
  }
}
