package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TokenizerTest {
  private static Tokenizer bytes;

  @BeforeAll
  static void make() {
    bytes = Tokenizer.bytes();
  }

  @AfterAll
  static void close() {
    bytes.close();
  }

  @Test
  void aByteTokenizersIdsAreBytes() {
    assertThat(bytes.encode("Hi\n")).containsExactly('H', 'i', '\n');
    assertThat(bytes.encode("é")).containsExactly(0xC3, 0xA9);
    assertThat(bytes.decode('H')).isEqualTo("H");
    assertThat(bytes.decode(256)).isEqualTo("<|bos|>");
    assertThat(bytes.tokens("Hi", Bos.PREPEND).ids(0)).containsExactly(256, 'H', 'i');
    assertThat(bytes.tokens("Hi", Bos.NONE).ids(0)).containsExactly('H', 'i');
    assertThat(bytes.vocabularySize()).isEqualTo(257);
    assertThat(bytes.bosId()).hasValue(256);
    assertThat(bytes.eosId()).isEmpty();
  }

  /** Nothing that a model was not made for is read on the way. */
  @Test
  void aVocabularyWithoutAnUnknownTokenReadsWhatItKnows() {
    var words =
        "\"model\": {\"type\": \"Unigram\", \"unk_id\": null, \"vocab\": [[\"5\", -1], [\"=\", -1]]}";
    var end =
        """
        "post_processor": {"type": "TemplateProcessing",
          "single": [{"SpecialToken": {"id": "=", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
          "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
          "special_tokens": {"=": {"id": "=", "ids": [1], "tokens": ["="]}}}
        """;
    var special = new SpecialTokens("=", "=", null, null);
    try (var plain = Tokenizer.fromJson("{\"version\": \"1.0\", " + words + "}", special);
        var adding =
            Tokenizer.fromJson("{\"version\": \"1.0\", " + end + "," + words + "}", special)) {
      assertThat(plain.tokens("55", Bos.NONE).ids(0)).containsExactly(0, 0);
      assertThat(plain.tokens("55", Bos.PREPEND).ids(0)).containsExactly(1, 0, 0);
      assertThat(adding.tokens("55", Bos.NONE).ids(0)).containsExactly(0, 0);
      assertThat(adding.tokens("55", Bos.PREPEND).ids(0)).containsExactly(1, 0, 0);
      assertThatThrownBy(() -> plain.encode("x")).isInstanceOf(FresnelException.class);
    }
  }

  @Test
  void everyByteComesBackFromItsCharacter() {
    for (int value = 0; value < 128; value++) {
      String character = String.valueOf((char) value);
      assertThat(bytes.encode(character)).containsExactly(value);
      assertThat(bytes.decode(value)).isEqualTo(character);
    }
    for (int value = 128; value < 256; value++) {
      assertThat(bytes.decode(value)).isEqualTo("\uFFFD");
    }
  }

  @Test
  void thePiecesOfACharacterAreReplacementCharactersAndTogetherTheCharacter() {
    int[] ids = bytes.encode("😀");
    assertThat(ids).containsExactly(0xF0, 0x9F, 0x98, 0x80);
    assertThat(bytes.label(Tokens.of(ids)).row(0)).extracting(Token::text).containsOnly("\uFFFD");
    assertThat(bytes.decode(ids)).isEqualTo("😀");
  }

  @Test
  void halfASurrogatePairIsReadAsTheReplacementCharacterAndTheRestIsKept() {
    assertThat(bytes.decode(bytes.encode("a\uD800b😀\uDC00"))).isEqualTo("a\uFFFDb😀\uFFFD");
  }

  @Test
  void anEmptyTextHasNoTokensAndIsAnErrorWithoutABos() {
    assertThat(bytes.encode("")).isEmpty();
    assertThat(bytes.tokens("", Bos.PREPEND).ids(0)).containsExactly(256);
    assertThatThrownBy(() -> bytes.tokens(List.of("a", ""), Bos.NONE))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("number 2 of 2")
        .hasMessageContaining("let a BOS come first");
  }

  @Test
  void aLongTextIsNotCutOff() {
    assertThat(bytes.tokens("x".repeat(100_000), Bos.PREPEND).length()).isEqualTo(100_001);
  }

  @Test
  void aBatchOfDifferentLengthsNeedsATokenToPadWith() {
    assertThat(bytes.tokens(List.of("ab", "cd"), Bos.NONE).isPadded()).isFalse();
    assertThatThrownBy(() -> bytes.tokens(List.of("ab", "c"), Bos.NONE))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("no token to pad");
  }

  @Test
  void aSingleTokensErrorListsThePieces() {
    assertThat(bytes.singleToken("a")).isEqualTo('a');
    assertThatThrownBy(() -> bytes.singleToken("ab"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("\"ab\" is 2 tokens [\"a\" (97), \"b\" (98)]; expected one");
    assertThatThrownBy(() -> bytes.singleToken("")).hasMessageContaining("is 0 tokens");
  }

  @Test
  void anIdBeyondTheVocabularyHasTheEmptyTextAndANegativeOneIsAnError() {
    assertThat(bytes.decode(300)).isEmpty();
    assertThatThrownBy(() -> bytes.decode(-1)).isInstanceOf(FresnelException.class);
  }

  @Test
  void labellingGivesTextsAndSeesTheBos() {
    Tokens ids = Tokens.of(256, 'a');
    assertThat(ids.startsWithBos()).isFalse();
    assertThat(bytes.label(ids).startsWithBos()).isTrue();
    assertThat(bytes.label(ids).row(0))
        .containsExactly(
            new Token(256, "<|bos|>", "<|bos|>", "<|bos|>"), new Token('a', "a", "a", "a"));
  }

  @Test
  void withoutEosOrBosAskingForABosIsAnError() {
    String json = ByteLevel.json();
    try (var tokenizer = Tokenizer.fromJson(json, SpecialTokens.NONE)) {
      assertThat(tokenizer.bosId()).isEmpty();
      assertThat(tokenizer.tokens("a", Bos.NONE).ids(0)).containsExactly('a');
      assertThatThrownBy(() -> tokenizer.tokens("a", Bos.PREPEND))
          .isInstanceOf(FresnelException.class)
          .hasMessageContaining("no BOS token");
    }
  }

  @Test
  void anAddedTokenHasTheIdThatTheNativeSideGivesIt() {
    String json =
        ByteLevel.json().replace("\"id\":256", "\"id\":900").replace("<|bos|>", "<|endoftext|>");
    try (var tokenizer = Tokenizer.fromJson(json, SpecialTokens.NONE)) {
      assertThat(tokenizer.bosId()).hasValue(256);
      assertThat(tokenizer.singleToken("<|endoftext|>")).isEqualTo(256);
      assertThat(tokenizer.vocabularySize()).isEqualTo(257);
    }
  }

  @Test
  void useAfterCloseIsAnErrorAndClosingTwiceIsSafe() {
    var tokenizer = Tokenizer.bytes();
    tokenizer.close();
    tokenizer.close();
    assertThatThrownBy(() -> tokenizer.encode("a"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("was closed");
  }

  @Test
  void aBosIsKnownWithoutTexts() {
    try (var tokenizer = Tokenizer.bytes()) {
      assertThat(tokenizer.labelBos(Tokens.of(256, 72)).startsWithBos()).isTrue();
      assertThat(tokenizer.labelBos(Tokens.of(72, 256)).startsWithBos()).isFalse();
      assertThat(tokenizer.labelBos(Tokens.of(72)).row(0).get(0).text()).isNull();
    }
  }

  @Test
  void threadsShareATokenizerEvenWhileItIsClosed() {
    for (int round = 0; round < 20; round++) {
      try (var tokenizer = Tokenizer.bytes()) {
        IntStream.range(0, 200)
            .parallel()
            .forEach(
                i -> {
                  if (i == 150) {
                    tokenizer.close();
                  }
                  try {
                    assertThat(tokenizer.encode("text " + i)).hasSizeGreaterThan(5);
                  } catch (FresnelException closed) {
                    assertThat(closed).hasMessageContaining("was closed");
                  }
                });
      }
    }
  }
}
