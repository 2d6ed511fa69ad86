package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufTokenizerTest {
  private static final GgufVocabulary.Flags NO_BOS = new GgufVocabulary.Flags(false, null, false);

  @ParameterizedTest
  @CsvSource({"smollm,smollm", "gpt2,gpt-2", "gpt2,"})
  void aByteLevelVocabularyGivesTheIdsOfItsTokenizerJson(String kind, @Nullable String pre) {
    var vocabulary = vocabulary(kind, "gpt2", pre, NO_BOS);
    assertThat(vocabulary.problem()).isEmpty();
    try (var original = Golden.tokenizer(kind);
        var rebuilt = Tokenizer.fromGguf(vocabulary)) {
      assertSame(rebuilt, original, kind);
      assertThat(rebuilt.vocabularySize()).isEqualTo(original.vocabularySize());
      assertThat(rebuilt.bosId()).isEqualTo(original.bosId());
      assertThat(rebuilt.padId()).isEqualTo(original.padId());
    }
  }

  @Test
  void aSentencepieceVocabularyGivesTheIdsOfItsTokenizerJson() {
    var flags = new GgufVocabulary.Flags(true, false, true);
    try (var original = Golden.tokenizer("llama");
        var rebuilt = Tokenizer.fromGguf(vocabulary("llama", "llama", null, flags))) {
      assertSame(rebuilt, original, "llama");
      assertThat(rebuilt.tokens("the", Bos.PREPEND).ids(0)).containsExactly(1, 315);
    }
  }

  @Test
  void withoutASpacePrefixASentencepieceTextStartsAsItIs() {
    var flags = new GgufVocabulary.Flags(true, false, false);
    try (var rebuilt = Tokenizer.fromGguf(vocabulary("llama", "llama", null, flags))) {
      int[] ids = rebuilt.encode("the light");
      assertThat(rebuilt.decode(ids)).isEqualTo("the light");
      assertThat(rebuilt.decode(ids[0])).doesNotStartWith(" ");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-2,     'x 1234 IT''S',  'x| |1|2|3|4| |I|T|''|S'",
    "llama-bpe, 'x 1234 IT''S',  'x| |1|2|3|4| |I|T|''|S'",
    "qwen2,     'x 1234 IT''S',  'x| |1|2|3|4| |I|T|''|S'",
    "starcoder, 'x 1234 IT''S',  'x| |1|2|3|4| |I|T|''|S'"
  })
  void everyKnownPreTokenizerIsAcceptedByTheNativeSide(String pre, String text, String pieces) {
    try (var tokenizer = Tokenizer.fromGguf(alphabet(pre, List.of()))) {
      assertThat(texts(tokenizer, text)).containsExactly(pieces.split("\\|"));
    }
  }

  @Test
  void digitsAreCutAsThePreTokenizersNameSays() {
    var merges = List.of("1 2", "12 3", "123 4", "' S");
    assertThat(cut("gpt-2", merges, "1234'S")).containsExactly("1234", "'", "S");
    assertThat(cut("llama-bpe", merges, "1234'S")).containsExactly("123", "4", "'S");
    assertThat(cut("qwen2", merges, "1234'S")).containsExactly("1", "2", "3", "4", "'S");
    assertThat(cut("smollm", merges, "1234'S")).containsExactly("1", "2", "3", "4", "'", "S");
  }

  @ParameterizedTest
  @CsvSource({
    "smaug-bpe, 123|4|'S",
    "glm4, 123|4|'S",
    "falcon3, 123|4|'S",
    "gpt-4o, 123|4|'S",
    "deepseek-v3, 123|4|'S",
    "falcon, 123|4|'|S",
    "deepseek-llm, 1|2|3|4|'|S",
    "deepseek-coder, 1|2|3|4|'|S",
    "chameleon, 1|2|3|4|'|S",
    "command-r, 1|2|3|4|'|S",
    "tekken, 1|2|3|4|'S",
    "qwen35, 1|2|3|4|'S",
    "stablelm2, 1|2|3|4|'S",
    "laguna, 1|2|3|4|'S",
    "ufakzeka, 1|2|3|4|'S",
    "seed-coder, 1|2|3|4|'S",
    "bailingmoe, 1|2|3|4|'S",
    "viking, 1|2|3|4|'S",
    "superbpe, 1|2|3|4|'S",
    "jais-2, 123|4|'S",
    "minicpm5, 123|4|'S",
    "kimi-k2, 123|4|'S",
    "youtu, 1|2|3|4|'S",
    "spark2_5, 1|2|3|4|'S",
    "exaone-moe, 1|2|3|4|'S",
    "bloom, 1234|'S"
  })
  void digitsAndContractionsAreCutAsInTheOriginals(String pre, String pieces) {
    assertThat(cut(pre, List.of("1 2", "12 3", "123 4", "' S"), "1234'S"))
        .containsExactly(pieces.split("\\|"));
  }

  @ParameterizedTest
  @CsvSource({
    "tekken, Foo|Bar",
    "gpt-4o, Foo|Bar",
    "llama-bpe, FooBar",
    "deepseek-llm, FooBar",
    "seed-coder, FooBar"
  })
  void wordsAreCutAtCapitalsWhereTheOriginalDoesSo(String pre, String pieces) {
    var merges = List.of("F o", "Fo o", "B a", "Ba r", "Foo Bar");
    assertThat(cut(pre, merges, "FooBar")).containsExactly(pieces.split("\\|"));
  }

  @ParameterizedTest
  @CsvSource({
    "llama-bpe, abc",
    "tekken, abc",
    "glm4, abc",
    "youtu, abc",
    "minicpm5, abc",
    "smaug-bpe, a|bc",
    "kimi-k2, a|bc",
    "qwen2, a|bc"
  })
  void aWordOfTheVocabularyIsOneTokenWhereTheOriginalSaysSo(String pre, String pieces) {
    var merges = List.of("b c", "a b", "ab c");
    assertThat(cut(pre, merges, "abc")).containsExactly(pieces.split("\\|"));
  }

  /** The pieces are those that the tokenizers library 0.21 makes of the published patterns. */
  @ParameterizedTest
  @CsvSource({
    "jais-2, 'a       x', 'a|    |  | x'",
    "llama-bpe, 'a       x', 'a|      | x'",
    "exaone-moe, 'a b', 'a b'",
    "qwen2, 'a b', 'a| b'"
  })
  void spacesAreCutAsInTheOriginals(String pre, String text, String pieces) {
    var space = "\u0120";
    var merges =
        List.of(
            space + " " + space,
            space + space + " " + space + space,
            space.repeat(4) + " " + space + space,
            space + " x",
            space + " b",
            "a " + space + "b");
    assertThat(cut(pre, merges, text)).containsExactly(pieces.split("\\|"));
  }

  static Stream<String> preTokenizers() {
    return PreTokenizer.names().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("preTokenizers")
  void everyNameGivesATokenizerThatRunsAtOnce(String pre) {
    var json = GgufTokenizer.json(alphabet(pre, List.of()));
    assertThat(TokenizerJson.read(json).known()).isTrue();
  }

  @Test
  void userDefinedTokensAreFoundInATextAndControlTokensToo() {
    var tokens = new ArrayList<>(alphabet("gpt-2", List.of()).tokens());
    var types = new ArrayList<>(Collections.nCopies(tokens.size(), 1));
    tokens.addAll(List.of("<|control|>", "    "));
    types.addAll(List.of(3, 4));
    var vocabulary =
        new GgufVocabulary("gpt2", null, tokens, types, List.of("! !"), List.of(), noIds(), NO_BOS);
    try (var tokenizer = Tokenizer.fromGguf(vocabulary)) {
      assertThat(tokenizer.encode("a<|control|>    b")).containsExactly('a', 257, 258, 'b');
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"made-up", "", "GPT-2"})
  void anUnknownPreTokenizerIsAProblemThatNamesItAndTheKnown(String pre) {
    var vocabulary = alphabet(pre, List.of());
    assertThat(vocabulary.problem())
        .hasValueSatisfying(
            problem ->
                assertThat(problem).contains("\"" + pre + "\"", "llama-bpe", "smollm", "gpt-2"));
    assertThatThrownBy(() -> Tokenizer.fromGguf(vocabulary))
        .isInstanceOf(FresnelException.class)
        .hasMessage(vocabulary.problem().orElseThrow());
  }

  @Test
  void missingOrOddMetadataIsAProblemAndNotAnException() {
    assertThat(odd(null, List.of(), List.of(), List.of(), List.of()).problem()).isPresent();
    assertThat(odd("bert", List.of("a"), List.of(), List.of(), List.of()).problem())
        .hasValueSatisfying(problem -> assertThat(problem).contains("\"bert\""));
    assertThat(odd("gpt2", List.of("a"), List.of(1, 1), List.of("a a"), List.of()).problem())
        .hasValueSatisfying(problem -> assertThat(problem).contains("1 tokens and 2 token types"));
    assertThat(odd("gpt2", List.of("a"), List.of(), List.of(), List.of()).problem())
        .hasValueSatisfying(problem -> assertThat(problem).contains("without merges"));
    assertThat(odd("llama", List.of("a"), List.of(), List.of(), List.of()).problem())
        .hasValueSatisfying(problem -> assertThat(problem).contains("0 scores"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a ", "a x", "", " "})
  void aMergeOfTokensThatAreNotThereIsAnError(String merge) {
    assertThatThrownBy(
            () ->
                Tokenizer.fromGguf(
                        odd("gpt2", List.of("a", "b"), List.of(), List.of(merge), List.of()))
                    .encode("ab"))
        .isInstanceOf(FresnelException.class);
  }

  /** An error of the model gives its own advice, so the reason comes without one. */
  @Test
  void whatIsWrongAndWhatToDoAreTwoParts() {
    assertThatThrownBy(() -> Tokenizer.fromGguf(alphabet("made-up", List.of())))
        .isInstanceOfSatisfying(
            UnusableTokenizer.class,
            e -> {
              assertThat(e.advice()).isEqualTo("Give token ids in place of text.");
              assertThat(e.reason()).contains("made-up").doesNotContain("Give");
              assertThat(e)
                  .hasMessage(
                      "The GGUF file's tokenizer cannot be used: "
                          + e.reason()
                          + ". "
                          + e.advice());
            });
  }

  private static void assertSame(Tokenizer rebuilt, Tokenizer original, String kind) {
    for (JsonNode row : Golden.expected(kind).get("rows")) {
      String text = row.get("text").textValue();
      int[] ids = original.encode(text);
      assertThat(rebuilt.encode(text)).as(text).containsExactly(ids);
      assertThat(rebuilt.decode(ids)).isEqualTo(original.decode(ids));
    }
    for (int id = 0; id < original.vocabularySize(); id++) {
      assertThat(rebuilt.decode(id)).isEqualTo(original.decode(id));
    }
  }

  /** The metadata that a converter writes into a GGUF file for one of the golden tokenizers. */
  private static GgufVocabulary vocabulary(
      String golden, String kind, @Nullable String pre, GgufVocabulary.Flags flags) {
    JsonNode json = Golden.json(golden, "tokenizer.json");
    JsonNode expected = Golden.expected(golden);
    int size = expected.get("vocab_size").intValue();
    var tokens = new ArrayList<>(Collections.nCopies(size, ""));
    var types = new ArrayList<>(Collections.nCopies(size, 1));
    json.at("/model/vocab")
        .fields()
        .forEachRemaining(e -> tokens.set(e.getValue().intValue(), e.getKey()));
    for (JsonNode added : json.get("added_tokens")) {
      tokens.set(added.get("id").intValue(), added.get("content").textValue());
      types.set(added.get("id").intValue(), 3);
    }
    var merges = new ArrayList<String>();
    json.at("/model/merges")
        .forEach(pair -> merges.add(pair.get(0).textValue() + " " + pair.get(1).textValue()));
    var ids =
        new GgufVocabulary.Ids(
            expected.at("/special/bos/id").intValue(),
            expected.at("/special/eos/id").intValue(),
            kind.equals("llama") ? 0 : null,
            expected.at("/special/pad/id").intValue());
    if (kind.equals("gpt2")) {
      return new GgufVocabulary(kind, pre, tokens, types, merges, List.of(), ids, flags);
    }
    var scores = new ArrayList<>(Collections.nCopies(size, -1_000f));
    for (int rank = 0; rank < merges.size(); rank++) {
      int id = tokens.indexOf(merges.get(rank).replace(" ", ""));
      scores.set(id, Math.max(scores.get(id), (float) -rank));
    }
    return new GgufVocabulary(kind, pre, tokens, types, List.of(), scores, ids, flags);
  }

  private static GgufVocabulary alphabet(String pre, List<String> merges) {
    var tokens = new ArrayList<String>();
    for (int value = 0; value < 256; value++) {
      tokens.add(String.valueOf(ByteLevel.character(value)));
    }
    merges.forEach(merge -> tokens.add(merge.replace(" ", "")));
    if (merges.isEmpty()) {
      tokens.add("!!");
    }
    return new GgufVocabulary(
        "gpt2",
        pre,
        tokens,
        List.of(),
        merges.isEmpty() ? List.of("! !") : merges,
        List.of(),
        noIds(),
        NO_BOS);
  }

  private static GgufVocabulary odd(
      @Nullable String kind,
      List<String> tokens,
      List<Integer> types,
      List<String> merges,
      List<Float> scores) {
    return new GgufVocabulary(kind, null, tokens, types, merges, scores, noIds(), NO_BOS);
  }

  private static GgufVocabulary.Ids noIds() {
    return new GgufVocabulary.Ids(null, null, null, null);
  }

  private static List<String> cut(String pre, List<String> merges, String text) {
    try (var tokenizer = Tokenizer.fromGguf(alphabet(pre, merges))) {
      return texts(tokenizer, text);
    }
  }

  private static List<String> texts(Tokenizer tokenizer, String text) {
    return tokenizer.label(Tokens.of(tokenizer.encode(text))).row(0).stream()
        .map(Token::text)
        .toList();
  }
}
