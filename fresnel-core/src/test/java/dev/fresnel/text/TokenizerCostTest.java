package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.Harmless;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What a tokenizer.json under 10 MB costs: at most 2 s and 256 MB; and none of published size is
 * refused.
 */
class TokenizerCostTest {
  @BeforeAll
  static void loadTheLibrary() {
    try (var tokenizer = Tokenizer.bytes()) {
      tokenizer.encode("a");
    }
  }

  @Test
  void aVocabularyOfThreeHundredThousandWithAsManyMergesIsRead() {
    byte[] json = merged(300_000);
    Harmless.require(() -> assertThat(sizeOf(json)).isEqualTo(300_000));
  }

  @Test
  void aVocabularyThatWouldTakeTooMuchMemoryIsRefusedBefore() {
    byte[] json = bpe(joined(700_000, i -> "\"" + Integer.toString(i, 36) + "\":" + i), "");
    Harmless.require(() -> assertRefused(json, "would take"));
  }

  @Test
  void mergesByTheMillionAreRefused() {
    byte[] json = bpe("\"a\":0,\"b\":1,\"ab\":2", joined(600_000, i -> "[\"a\",\"b\"]"));
    Harmless.require(() -> assertRefused(json, "would take"));
  }

  @Test
  void unigramTokensThatShareNothingAreRefused() {
    String tokens =
        joined(
            200_000,
            i ->
                "[\""
                    + new StringBuilder(Integer.toString(i + 50_000_000, 36)).reverse()
                    + "\",-1]");
    byte[] json =
        ("{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[" + tokens + "]}}")
            .getBytes(StandardCharsets.UTF_8);
    Harmless.require(() -> assertRefused(json, "would take"));
  }

  @Test
  void tenThousandAddedTokensAreRead() {
    byte[] json = added(10_000, 10);
    Harmless.require(() -> assertThat(sizeOf(json)).isEqualTo(10_001));
  }

  @Test
  void longAddedTokensAreReadAsFarAsTheLimitsAllowAndThenRefused() {
    byte[] most = added(159, 1_000);
    Harmless.require(() -> assertThat(sizeOf(most)).isEqualTo(160));
    byte[] tooMany = added(2_000, 1_000);
    Harmless.require(() -> assertRefused(tooMany, "bytes of text"));
  }

  @Test
  void aTextFarLongerThanTheContextIsRefusedAtOnce() {
    String text = "a ".repeat(4_000_000);
    try (var bytes = Tokenizer.bytes()) {
      Harmless.require(() -> assertTooLong(bytes, text, 1_024));
      bytes.requireMayFit("a".repeat(1_000), 1_024);
    }
    String words =
        "{\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"?\",\"vocab\":{\"?\":0,\"a\":1}},\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"}}";
    try (var tokenizer = Tokenizer.fromJson(words, SpecialTokens.NONE)) {
      Harmless.require(() -> assertTooLong(tokenizer, text, 1_024));
      // One word, however long, is one token.
      tokenizer.requireMayFit("a".repeat(1_000_000), 10);
    }
  }

  private static void assertTooLong(Tokenizer tokenizer, String text, int context) {
    assertThatThrownBy(() -> tokenizer.requireMayFit(text, context))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("reads at most 1,024");
  }

  private static int sizeOf(byte[] json) {
    try (var tokenizer = Tokenizer.fromJson(json, SpecialTokens.NONE)) {
      assertThat(tokenizer.encode("0")).isNotNull();
      return tokenizer.vocabularySize();
    }
  }

  private static void assertRefused(byte[] json, String why) {
    assertThat(json.length).isLessThan(10_000_000);
    assertThatThrownBy(() -> sizeOf(json))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(why);
  }

  /** About the square root of so many tokens, and all pairs of them. */
  private static byte[] merged(int count) {
    int side = 600;
    IntFunction<String> one = i -> Integer.toString(i + 36 * 36, 36);
    int pairs = count - side;
    return bpe(
        joined(side, i -> "\"" + one.apply(i) + "\":" + i)
            + ","
            + joined(
                pairs, i -> "\"" + one.apply(i / side) + one.apply(i % side) + "\":" + (side + i)),
        joined(pairs, i -> "\"" + one.apply(i / side) + " " + one.apply(i % side) + "\""));
  }

  private static byte[] added(int count, int length) {
    String tokens =
        joined(
            count,
            i ->
                "{\"id\":%d,\"content\":\"%s\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":false}"
                    .formatted(i + 1, "x".repeat(length - 7) + (1_000_000 + i)));
    return ("{\"added_tokens\":["
            + tokens
            + "],\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] bpe(String vocabulary, String merges) {
    return ("{\"model\":{\"type\":\"BPE\",\"vocab\":{"
            + vocabulary
            + "},\"merges\":["
            + merges
            + "]}}")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String joined(int count, IntFunction<String> each) {
    return IntStream.range(0, count).mapToObj(each).collect(Collectors.joining(","));
  }
}
