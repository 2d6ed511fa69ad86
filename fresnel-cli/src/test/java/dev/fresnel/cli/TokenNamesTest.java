package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tokens in tables and JSON, of vocabularies in which several tokens have one text. */
class TokenNamesTest {
  /** Its sentencepiece vocabulary has "it" (360) and "▁it" (334), which both decode to "it". */
  private static final String LLAMA = Called.golden("llama-text");

  private static Called predicted(String... more) {
    var args = new ArrayList<>(List.of("predict", "--model", LLAMA));
    args.addAll(List.of(more));
    return Called.with(args.toArray(String[]::new)).succeeded();
  }

  @Test
  void aTokenThatBeginsAWordIsToldApartFromOneThatDoesNot() {
    String text = predicted("--tokens=1,334,360").out();
    assertThat(text).contains("  \"▁it\"\n").contains("  \"it\"\n");
    var tokens = predicted("--tokens=1,334,360", "--json").json().get("tokens");
    assertThat(tokens.findValuesAsText("text")).containsExactly("<s>", "it", "it");
    assertThat(tokens.findValuesAsText("piece")).containsExactly("<s>", "▁it", "it");
  }

  /** What the help says of spaces holds for a tokenizer that puts one before each text. */
  @ParameterizedTest
  @CsvSource(
      ignoreLeadingAndTrailingWhitespace = false,
      value = {" it,334", "▁it,334", "it,360"})
  void anAnswerContinuesTheTextAsItIsGiven(String answer, int id) {
    var json = predicted("--text=Mary gave", "--answer=" + answer, "--json").json();
    assertThat(json.get("answer").findValuesAsText("id")).containsExactly(String.valueOf(id));
  }

  @Test
  void anAnswerWithoutASpaceIsRemarkedWhereTheTokenizerWouldPutOne() {
    assertThat(predicted("--text=Mary gave", "--answer=it").err())
        .contains("if it begins a word, write --answer \" it\"");
    assertThat(predicted("--text=Mary gave", "--answer= it").err()).doesNotContain("--answer");
    assertThat(
            Called.with("predict", "--model=by-hand", "--text=a", "--answer=b").succeeded().err())
        .doesNotContain("--answer");
  }

  @Test
  void everyPredictionHasAPiece() {
    var predictions = predicted("--text=Mary", "--json").json().get("predictions");
    assertThat(predictions.findValuesAsText("piece")).hasSize(10).doesNotContainNull();
    assertThat(predictions.get(0).fieldNames())
        .toIterable()
        .containsExactly("rank", "id", "text", "piece", "logit", "probability");
  }

  @Test
  void aCharacterOfSeveralTokensIsShownOnceAndItsBytesOnEach() {
    String text = Called.with("predict", "--model=by-hand", "--text=aこ").succeeded().out();
    assertThat(text)
        .contains("\"⟨E3⟩\"\n", "\"⟨81⟩\"\n", "\"⟨93⟩\", the end of \"こ\"\n")
        .doesNotContain("\uFFFD");
  }

  @Test
  void attributionsNameTheirTokensByPieces() {
    String text =
        Called.with("attribute", "--model", LLAMA, "--tokens=1,334,360").succeeded().out();
    assertThat(text).contains("position 1, \"▁it\": the logit of \"it\"");
  }
}
