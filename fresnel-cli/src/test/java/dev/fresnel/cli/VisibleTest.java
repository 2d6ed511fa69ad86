package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.text.Token;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VisibleTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        " Mary|\" Mary\"",
        "café 東京|\"café 東京\"",
        "a\"b\\c|\"a\\\"b\\\\c\"",
        "\u001b[2J|\"\\u001b[2J\"",
        "\u202e|\"\\u202e\"",
        "\u00a0|\"\\u00a0\"",
        "\u0007|\"\\u0007\"",
      })
  void textIsQuotedAndWhatCannotBeSeenIsWrittenOut(String text, String shown) {
    assertThat(Visible.quoted(text)).isEqualTo(shown);
  }

  @Test
  void lineEndsAreWrittenOut() {
    assertThat(Visible.quoted("\r\n\t")).isEqualTo("\"\\r\\n\\t\"");
  }

  @Test
  void aTokenWithoutTextIsItsId() {
    assertThat(Visible.token(new Token(7, null))).isEqualTo("#7");
    assertThat(Visible.token(new Token(7, "", null, "#7"))).isEqualTo("#7");
    assertThat(Visible.token(new Token(7, "#7", "#7", "#7"))).isEqualTo("\"#7\"");
  }

  @Test
  void messagesKeepTheirLines() {
    assertThat(Visible.message("a\nb\u001b")).isEqualTo("a\nb\\u001b");
  }
}
