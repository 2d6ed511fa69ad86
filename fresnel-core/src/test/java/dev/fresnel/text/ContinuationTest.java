package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContinuationTest {
  /** The truth is the whole text, whose parts the tokenizers here divide at words. */
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "template", "no-bos", "smollm", "llama"})
  void aContinuationHasTheTokensThatItHasInTheWholeText(String kind) {
    try (var tokenizer = Golden.tokenizer(kind)) {
      for (String answer : new String[] {" the", " the fox", " 42", ".", ", the", "\nthe"}) {
        int[] text = tokenizer.encode("the fox");
        int[] whole = tokenizer.encode("the fox" + answer);
        assertThat(
                IntStream.concat(
                        IntStream.of(text), IntStream.of(tokenizer.encodeContinuation(answer)))
                    .toArray())
            .as(answer)
            .containsExactly(whole);
      }
    }
  }

  @Test
  void aWordWithoutASpaceGoesOnWithoutOne() {
    try (var tokenizer = Golden.tokenizer("llama")) {
      int marked = tokenizer.idOfPiece("▁the").orElseThrow();
      int bare = tokenizer.idOfPiece("he").orElseThrow();
      assertThat(tokenizer.encodeContinuation(" the")).containsExactly(marked);
      assertThat(tokenizer.encodeContinuation("▁the")).containsExactly(marked);
      assertThat(tokenizer.encodeContinuation("he")).containsExactly(bare);
      assertThat(tokenizer.encodeContinuation("")).isEmpty();
    }
  }

  @Test
  void adviceForASingleTokenNamesWhatIsOne() {
    try (var tokenizer = Golden.tokenizer("llama")) {
      int marked = tokenizer.singleToken("the");
      assertThatThrownBy(() -> tokenizer.singleToken(" the"))
          .hasMessageContaining("\"the\" is one: \"▁the\" (" + marked + ").");
      assertThat(tokenizer.singleContinuation(" the")).isEqualTo(marked);
      assertThatThrownBy(() -> tokenizer.singleContinuation("the"))
          .hasMessageContaining("\" the\" is one: \"▁the\" (" + marked + ").");
    }
    try (var bytes = Tokenizer.bytes()) {
      assertThatThrownBy(() -> bytes.singleToken("ab"))
          .hasMessageContaining("Take one of its pieces");
    }
  }

  /** The beginning is tokenized alone, so its last tokens could differ from the whole text's. */
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "template", "smollm", "llama"})
  void theFirstTokensOfALongTextAreThoseOfTheWhole(String kind) {
    String text = "the quick brown fox's 12,345 jumps;\n\n  \"こんにちは\" ".repeat(200);
    try (var tokenizer = Golden.tokenizer(kind)) {
      var whole = tokenizer.tokens(text, Bos.PREPEND);
      for (int count : new int[] {1, 2, 16, 100}) {
        var first = tokenizer.firstTokens(text, Bos.PREPEND, count);
        assertThat(first).isEqualTo(whole.first(count));
        assertThat(first.row(0)).isEqualTo(whole.row(0).subList(0, count));
        assertThat(first.startsWithBos()).isTrue();
      }
      assertThat(tokenizer.firstTokens("the", Bos.PREPEND, 1_000))
          .isEqualTo(tokenizer.tokens("the", Bos.PREPEND));
    }
  }
}
