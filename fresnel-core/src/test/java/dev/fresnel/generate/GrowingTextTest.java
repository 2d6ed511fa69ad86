package dev.fresnel.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GrowingTextTest {
  private static List<String> pieces(List<String> stop, String prompt, byte... bytes) {
    var pieces = new ArrayList<String>();
    try (var tokenizer = Tokenizer.bytes()) {
      var text = new GrowingText(tokenizer, stop, tokenizer.encode(prompt));
      for (int i = 0; i < bytes.length && !text.isStopped(); i++) {
        text.add(bytes[i] & 0xff);
        pieces.add(text.release(i + 1 == bytes.length));
      }
    }
    return pieces;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aCharacterOfSeveralTokensComesOutWhole() {
    assertThat(pieces(List.of(), "x", utf8("aé🙂b")))
        .containsExactly("a", "", "é", "", "", "", "🙂", "b");
  }

  @Test
  void aCharacterThatThePromptBeganIsCompleted() {
    try (var tokenizer = Tokenizer.bytes()) {
      var text = new GrowingText(tokenizer, List.of(), new int[] {'a', 0xc3});
      text.add(0xa9);
      assertThat(text.release(false)).isEqualTo("é");
    }
  }

  @Test
  void bytesThatAreNoCharacterAreShownAsSuch() {
    assertThat(String.join("", pieces(List.of(), "x", (byte) 0xff, (byte) 'a', (byte) 0xc3)))
        .isEqualTo("\uFFFDa\uFFFD");
  }

  @Test
  void whatMayBeginAStopStringIsHeldBack() {
    var stop = List.of("END", "EE");
    assertThat(pieces(stop, "x", utf8("aEaENx"))).containsExactly("a", "", "Ea", "", "", "ENx");
    assertThat(pieces(stop, "x", utf8("aENDxx"))).containsExactly("a", "", "", "");
    assertThat(pieces(stop, "x", utf8("aEEE"))).containsExactly("a", "", "");
    assertThat(pieces(stop, "x", utf8("aEN"))).containsExactly("a", "", "EN");
  }

  @Test
  void aStopStringInThePromptDoesNotCount() {
    assertThat(pieces(List.of("xa"), "x", utf8("ab"))).containsExactly("a", "b");
  }
}
