package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.testkit.Golden;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The ids of awkward texts under each of llama.cpp's pre-tokenizers, against llama.cpp's own
 * ({@code parity/llama_cpp.py}). The vocabulary has every text as one token, so that each cut
 * shows.
 */
class LlamaCppTokenizersTest {
  private static final JsonNode GOLDEN = Golden.json(Golden.root().resolve("keys/llama_cpp.json"));

  /** Names whose originals compose characters first (NFC), which llama.cpp does not. */
  private static final Set<PreTokenizer> COMPOSE =
      Set.of(PreTokenizer.NEOX, PreTokenizer.QWEN2, PreTokenizer.QWEN35);

  /** Originals whose words hold marks; llama.cpp's matcher of these patterns cuts there. */
  private static final Set<PreTokenizer> MARKS_IN_WORDS =
      Set.of(PreTokenizer.GPT4O, PreTokenizer.TEKKEN, PreTokenizer.KIMI, PreTokenizer.TINY_AYA);

  /** Originals that cut at capitals; llama.cpp's matcher knows no case here. */
  private static final Set<PreTokenizer> CUT_AT_CAPITALS =
      Set.of(PreTokenizer.KIMI, PreTokenizer.YOUTU, PreTokenizer.TINY_AYA);

  /**
   * llama.cpp groups a number before a letter from its end too, which the pattern of tiny_aya does
   * not, and leaves a number of three digits with the spaces before it.
   */
  private static final Set<String> NUMBERS = Set.of("  123", "1234abc", "   1234abc");

  /** Whether the original's pattern is known to give other words than llama.cpp's form of it. */
  private static boolean originalDiffers(PreTokenizer kind, String text) {
    boolean marks = text.codePoints().anyMatch(LlamaCppTokenizersTest::isMark);
    boolean digits = text.codePoints().filter(Character::isDigit).count() > 1;
    boolean digitsOfOtherScripts = text.codePoints().anyMatch(c -> c > 127 && Character.isDigit(c));
    return COMPOSE.contains(kind) && marks
        || MARKS_IN_WORDS.contains(kind) && marks
        || CUT_AT_CAPITALS.contains(kind) && text.equals("FooBarBaz")
        || kind == PreTokenizer.SUPERBPE && digitsOfOtherScripts
        // Spaces before a number stay in its first word there, so that the last one is cut off.
        || kind == PreTokenizer.AFMOE && text.matches(" {2,}\\d.*")
        || kind == PreTokenizer.TINY_AYA && (digitsOfOtherScripts || NUMBERS.contains(text))
        // Single digits in the original; its vocabulary has no others, so real files agree.
        || kind == PreTokenizer.DEEPSEEK_LLM && (digits || text.contains("²"));
  }

  private static boolean isMark(int character) {
    int type = Character.getType(character);
    return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
  }

  private static List<String> strings(JsonNode list) {
    var strings = new ArrayList<String>();
    list.forEach(value -> strings.add(value.textValue()));
    return strings;
  }

  private static @Nullable Integer id(JsonNode keys, String key) {
    return keys.has(key) ? keys.get(key).intValue() : null;
  }

  private static GgufVocabulary vocabulary(String kind, @Nullable String pre) {
    return vocabulary(GOLDEN.path(kind), kind, pre);
  }

  private static GgufVocabulary vocabulary(JsonNode keys, String kind, @Nullable String pre) {
    var types = new ArrayList<Integer>();
    keys.path("token_type").forEach(value -> types.add(value.intValue()));
    var scores = new ArrayList<Float>();
    keys.path("scores").forEach(value -> scores.add(value.floatValue()));
    return new GgufVocabulary(
        kind,
        pre,
        strings(keys.path("tokens")),
        types,
        strings(keys.path("merges")),
        scores,
        new GgufVocabulary.Ids(
            id(keys, "bos_token_id"),
            id(keys, "eos_token_id"),
            id(keys, "unknown_token_id"),
            id(keys, "padding_token_id")),
        new GgufVocabulary.Flags(null, null, null, keys.has("normalizer.lowercase") ? true : null));
  }

  private static int[] ids(JsonNode list) {
    int[] ids = new int[list.size()];
    Arrays.setAll(ids, i -> list.get(i).intValue());
    return ids;
  }

  /** llama.cpp's ids under each name of this kind; names of a kind may be several rows. */
  private static Stream<JsonNode> rows(PreTokenizer kind) {
    var rows = new ArrayList<JsonNode>();
    for (JsonNode row : GOLDEN.path("pre")) {
      // llama.cpp gives a file without a name a pattern of no model; here it is GPT-2's, and said.
      boolean ofKind =
          strings(row.path("names")).stream()
              .anyMatch(name -> !name.equals("default") && PreTokenizer.named(name) == kind);
      if (ofKind) {
        rows.add(row.path("ids"));
      }
    }
    return rows.stream();
  }

  @ParameterizedTest
  @EnumSource(
      value = PreTokenizer.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"LINES", "SPACES_LEFT_OUT"})
  void idsAreLlamaCppsUnlessTheOriginalTokenizersDiffer(PreTokenizer kind) {
    List<String> texts = strings(GOLDEN.path("texts"));
    assertThat(rows(kind)).isNotEmpty();
    String name =
        PreTokenizer.names().stream()
            .filter(each -> PreTokenizer.named(each) == kind)
            .findFirst()
            .orElseThrow();
    try (var tokenizer = Tokenizer.fromGguf(vocabulary("gpt2", name))) {
      for (int i = 0; i < texts.size(); i++) {
        String text = texts.get(i);
        int place = i;
        if (!originalDiffers(kind, text)) {
          assertThat(rows(kind))
              .as(text)
              .allSatisfy(row -> assertThat(tokenizer.encode(text)).isEqualTo(ids(row.get(place))));
        }
      }
    }
  }

  @Test
  void everyNameWasAskedOfLlamaCpp() {
    var asked = new HashSet<String>();
    GOLDEN.path("pre").forEach(row -> asked.addAll(strings(row.path("names"))));
    GOLDEN.path("characters").forEach(row -> asked.add(row.at("/raw/pre").textValue()));
    assertThat(asked).containsExactlyInAnyOrderElementsOf(PreTokenizer.names());
  }

  /** Vocabularies of characters, in which every line or word of the texts is one token. */
  @ParameterizedTest
  @ValueSource(strings = {"gemma4", "granite-embed-multi-311m", "sarvam-moe", "whitespace"})
  void idsOfCharactersAreLlamaCpps(String pre) {
    List<String> texts = strings(GOLDEN.path("texts"));
    for (JsonNode row : GOLDEN.path("characters")) {
      JsonNode keys = row.path("raw");
      if (keys.path("pre").textValue().equals(pre)) {
        var known = vocabulary(keys, keys.path("model").textValue(), pre);
        try (var tokenizer = Tokenizer.fromGguf(known)) {
          for (int i = 0; i < texts.size(); i++) {
            int[] ids = tokenizer.encode(texts.get(i));
            assertThat(ids).as(texts.get(i)).isEqualTo(ids(row.path("ids").get(i)));
            if (!pre.equals("whitespace")) {
              assertThat(tokenizer.decode(ids)).isEqualTo(texts.get(i));
            }
          }
        }
      }
    }
  }

  @Test
  void sentencepieceIdsAreLlamaCpps() {
    List<String> texts = strings(GOLDEN.path("texts"));
    JsonNode usual = usual("llama").path("ids");
    try (var tokenizer = Tokenizer.fromGguf(vocabulary("llama", null))) {
      for (int i = 0; i < texts.size(); i++) {
        assertThat(tokenizer.encode(texts.get(i))).as(texts.get(i)).isEqualTo(ids(usual.get(i)));
      }
    }
  }

  private static JsonNode usual(String kind) {
    for (JsonNode row : GOLDEN.path("keys")) {
      if (row.path("kind").asText().equals(kind) && row.path("key").isNull()) {
        return row.path("outcome");
      }
    }
    throw new AssertionError("no row of " + kind);
  }

  /** A number of more digits than a pattern may look ahead for from each of them. */
  @Test
  void aLongNumberIsCutFromItsEndInLinearTime() {
    try (var tokenizer = Tokenizer.fromGguf(vocabulary("gpt2", "tiny_aya"))) {
      assertThat(tokenizer.encode("1".repeat(200_000)).length).isGreaterThan(60_000);
    }
  }
}
