package dev.fresnel.error;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FresnelExceptionTest {
  @Test
  void aMessageThatQuotesAFileCannotSteerATerminal() {
    String quoted = "a\u001b[2J\u009b\u202e\r\ud800\udb40\udc01東京 é\n\tnext";
    String shown = "a\\u001b[2J\\u009b\\u202e\\r\\ud800\\u{e0001}東京 é\n\tnext";
    assertThat(new FresnelException(quoted))
        .hasMessage(shown)
        .hasToString("dev.fresnel.error.FresnelException: " + shown);
    assertThat(new FresnelException(quoted, new RuntimeException())).hasMessage(shown);
  }
}
