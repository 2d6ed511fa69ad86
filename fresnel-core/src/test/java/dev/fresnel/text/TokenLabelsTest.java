package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenLabelsTest {
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "template", "no-bos", "smollm", "llama"})
  void noTwoTokensOfAVocabularyLookAlike(String kind) {
    try (var tokenizer = Golden.tokenizer(kind)) {
      var seen = new HashMap<String, Integer>();
      for (int id = 0; id < tokenizer.vocabularySize(); id++) {
        Integer other = seen.put(tokenizer.token(id).label(), id);
        assertThat(other).as("token %s", tokenizer.token(id)).isNull();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "smollm", "llama"})
  void aPieceLeadsBackToItsToken(String kind) {
    try (var tokenizer = Golden.tokenizer(kind)) {
      for (int id = 0; id < tokenizer.vocabularySize(); id += 7) {
        assertThat(tokenizer.idOfPiece(tokenizer.token(id).piece())).hasValue(id);
      }
    }
  }

  @Test
  void aWordWithItsMarkAndOneWithoutAreShownAsPieces() {
    try (var tokenizer = Golden.tokenizer("llama")) {
      int marked = tokenizer.idOfPiece("▁the").orElseThrow();
      int bare = tokenizer.idOfPiece("he").orElseThrow();
      assertThat(tokenizer.token(marked)).isEqualTo(new Token(marked, "the", "▁the", "▁the"));
      assertThat(tokenizer.token(bare)).isEqualTo(new Token(bare, "he", "he", "he"));
    }
  }

  @Test
  void anOrdinaryTokenIsShownAsItsText() {
    try (var tokenizer = Golden.tokenizer("gpt2")) {
      int id = tokenizer.singleToken(" the");
      assertThat(tokenizer.token(id)).isEqualTo(new Token(id, " the", "Ġthe", " the"));
      int line = tokenizer.singleToken("\n");
      assertThat(tokenizer.token(line)).isEqualTo(new Token(line, "\n", "Ċ", "\n"));
    }
  }

  @Test
  void bytesThatArePartOfACharacterAreShown() {
    try (var bytes = Tokenizer.bytes()) {
      assertThat(bytes.token(0xE3)).isEqualTo(new Token(0xE3, "\uFFFD", "ã", "⟨E3⟩"));
      assertThat(bytes.tokens("aこ", Bos.NONE).row(0).stream().map(Token::label))
          .containsExactly("a", "⟨E3⟩", "⟨81⟩", "⟨93⟩");
    }
    assertThat(PieceBytes.shown(new byte[] {' ', (byte) 0xE3, (byte) 0x81, 'b'}))
        .isEqualTo(" ⟨E3 81⟩b");
  }

  /** The vocabulary's own token for U+FFFD is whole, though its text looks like a broken one. */
  @Test
  void theReplacementCharacterItselfIsNoBrokenOne() {
    assertThat(PieceBytes.shown(PieceBytes.of("ï¿½"))).isEqualTo("\uFFFD");
  }

  @Test
  void anAddedTokenThatLooksLikeAnotherIsToldApart() {
    String json = ByteLevel.json().replace("<|bos|>", " ");
    try (var tokenizer = Tokenizer.fromJson(json, SpecialTokens.NONE)) {
      assertThat(tokenizer.token(256)).isEqualTo(new Token(256, " ", " ", " "));
      assertThat(tokenizer.token(' ')).isEqualTo(new Token(' ', " ", "Ġ", "Ġ"));
    }
  }

  @Test
  void anIdOutsideTheVocabularyIsShownAsANumber() {
    try (var bytes = Tokenizer.bytes()) {
      assertThat(bytes.token(300)).isEqualTo(new Token(300, "", null, "#300"));
      assertThat(bytes.token(300).isUnnamed()).isTrue();
      assertThat(bytes.token('#').isUnnamed()).isFalse();
    }
  }

  @Test
  void aCharacterOfSeveralTokensIsFoundOnce() {
    try (var bytes = Tokenizer.bytes()) {
      var tokens = bytes.tokens("aé こ🙂", Bos.PREPEND).row(0);
      assertThat(SharedCharacter.in(tokens))
          .containsExactly(
              new SharedCharacter(2, 3, "é"),
              new SharedCharacter(5, 7, "こ"),
              new SharedCharacter(8, 11, "🙂"));
      assertThat(SharedCharacter.in(tokens.subList(0, 3))).isEmpty();
    }
  }

  @Test
  void twoCharactersMayShareAToken() {
    var first = new Token(1, "\uFFFD", "ãģ", "⟨E3 81⟩");
    var middle = new Token(2, "\uFFFD\uFFFD", "ĵãģ", "⟨93 E3 81⟩");
    var last = new Token(3, "\uFFFD", "Ĥ", "⟨82⟩");
    assertThat(SharedCharacter.in(List.of(first, middle, last)))
        .containsExactly(new SharedCharacter(0, 1, "こ"), new SharedCharacter(1, 2, "あ"));
  }
}
