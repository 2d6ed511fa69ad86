package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares with TransformerLens 2.16.1, transformers 4.49 and tokenizers 0.21. */
class TokenizerGoldenTest {
  /** The length at which the original truncates a text silently; Fresnel does not. */
  private static final int N_CTX = 64;

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "template", "no-bos", "smollm", "llama"})
  void idsAndTextsAreTransformerLenss(String kind) {
    try (var tokenizer = Golden.tokenizer(kind)) {
      for (JsonNode row : Golden.expected(kind).get("rows")) {
        String text = row.get("text").textValue();
        int[] ids = tokenizer.encode(text);
        assertThat(ids).as(text).containsExactly(Golden.ints(row.get("ids")));
        assertThat(tokenizer.decode(ids)).isEqualTo(row.get("decoded").textValue());
        var decodedAlone = Golden.strings(row.get("str_tokens"));
        for (int i = 0; i < ids.length; i++) {
          assertThat(tokenizer.decode(ids[i])).as(text).isEqualTo(decodedAlone.get(i));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "template", "no-bos", "smollm", "llama"})
  void aBosComesFirstOrNotAsInToTokens(String kind) {
    try (var tokenizer = Golden.tokenizer(kind)) {
      for (JsonNode row : Golden.expected(kind).get("rows")) {
        String text = row.get("text").textValue();
        Tokens with = tokenizer.tokens(text, Bos.PREPEND);
        int[] cut = Golden.ints(row.get("to_tokens_bos"));
        assertThat(with.ids(0)).as(text).startsWith(cut);
        assertThat(cut.length == with.length() || cut.length == N_CTX).isTrue();
        assertThat(with.startsWithBos()).isTrue();
        assertThat(with.row(0).stream().map(Token::text))
            .startsWith(Golden.strings(row.get("to_str_tokens_bos")).toArray(String[]::new));
        int[] without = Golden.ints(row.get("to_tokens_no_bos"));
        if (without.length == 0) {
          assertThatThrownBy(() -> tokenizer.tokens(text, Bos.NONE))
              .isInstanceOf(FresnelException.class)
              .hasMessageContaining("gives no tokens");
        } else {
          assertThat(tokenizer.tokens(text, Bos.NONE).ids(0)).as(text).startsWith(without);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "template", "no-bos", "smollm", "llama"})
  void aBatchIsPaddedOnTheLeft(String kind) {
    try (var tokenizer = Golden.tokenizer(kind)) {
      for (JsonNode batch : Golden.expected(kind).get("batches")) {
        if (!batch.get("padding_side").textValue().equals("left")) {
          continue;
        }
        Bos bos = batch.get("prepend_bos").booleanValue() ? Bos.PREPEND : Bos.NONE;
        var texts = Golden.strings(batch.get("texts"));
        Tokens tokens = tokenizer.tokens(texts, bos);
        for (int row = 0; row < tokens.batch(); row++) {
          assertThat(tokens.ids(row)).containsExactly(Golden.ints(batch.get("ids").get(row)));
          int real = tokenizer.tokens(texts.get(row), bos).length();
          assertThat(tokens.padding(row)).isEqualTo(tokens.length() - real);
        }
        assertThat(tokens.startsWithBos()).isEqualTo(bos == Bos.PREPEND);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "template", "no-bos", "smollm", "llama"})
  void theVocabularyAndTheTokensWithARoleAreTransformerLenss(String kind) {
    try (var tokenizer = Golden.tokenizer(kind)) {
      JsonNode expected = Golden.expected(kind);
      assertThat(tokenizer.vocabularySize()).isEqualTo(expected.get("vocab_size").intValue());
      assertThat(tokenizer.bosId()).hasValue(expected.at("/special/bos/id").intValue());
      assertThat(tokenizer.eosId()).hasValue(expected.at("/special/eos/id").intValue());
      assertThat(tokenizer.padId()).hasValue(expected.at("/special/pad/id").intValue());
      var texts = Golden.strings(expected.get("vocabulary"));
      for (int id = 0; id < texts.size(); id++) {
        assertThat(tokenizer.decode(id)).as("token %d", id).isEqualTo(texts.get(id));
      }
    }
  }
}
