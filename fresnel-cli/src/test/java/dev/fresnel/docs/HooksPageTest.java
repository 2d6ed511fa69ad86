package dev.fresnel.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/**
 * docs/HOOKS.md is generated from {@code HookKind}; this test writes it where it is asked to, and
 * else compares it.
 */
class HooksPageTest {
  private static final String WRITE = "fresnel.docs.write";

  @Test
  void thePageIsWhatTheEnumSays() throws IOException {
    if (Boolean.getBoolean(WRITE)) {
      HooksPage.write();
    }
    assertThat(DocPage.of(HooksPage.PATH).text())
        .as("out of date: run this test with -D" + WRITE + "=true")
        .isEqualTo(HooksPage.text());
  }
}
