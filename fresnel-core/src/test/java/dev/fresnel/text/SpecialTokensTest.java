package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpecialTokensTest {

  @Test
  void aTokenIsAStringOrAnObjectWithContent() {
    var read =
        SpecialTokens.read(
            utf8(
                "{\"bos_token\": {\"content\": \"<s>\", \"lstrip\": false}, \"eos_token\": \"</s>\", \"pad_token\": null}"),
            null);
    assertThat(read).isEqualTo(new SpecialTokens("<s>", "</s>", null, null));
  }

  @Test
  void theMapFillsInAndIsBelievedUnlessTheConfigurationListsItsAddedTokens() {
    byte[] map = utf8("{\"eos_token\": \"<map>\", \"unk_token\": \"<unk>\"}");
    assertThat(SpecialTokens.read(utf8("{\"eos_token\": \"<config>\"}"), map))
        .isEqualTo(new SpecialTokens(null, "<map>", null, "<unk>"));
    assertThat(
            SpecialTokens.read(
                utf8("{\"eos_token\": \"<config>\", \"added_tokens_decoder\": {}}"), map))
        .isEqualTo(new SpecialTokens(null, "<config>", null, "<unk>"));
  }

  @Test
  void withoutFilesThereAreNone() {
    assertThat(SpecialTokens.read(null, null)).isEqualTo(SpecialTokens.NONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{\"bos_token\": 7}",
        "{\"bos_token\": {\"content\": []}}",
        "{} {}",
        "\u0000"
      })
  void aFileThatIsNoneIsAnErrorThatNamesIt(String file) {
    assertThatThrownBy(() -> SpecialTokens.read(utf8(file), null))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("token");
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
