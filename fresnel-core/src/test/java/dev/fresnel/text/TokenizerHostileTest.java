package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An untrusted tokenizer.json gives a tokenizer or an error, never a crash or a hang. */
class TokenizerHostileTest {
  private static final String GOOD =
      "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 2}, \"merges\": [\"a b\"]}%s}";

  @Test
  void theGoodOneIsGood() {
    try (var tokenizer = read(GOOD.formatted(""))) {
      assertThat(tokenizer.encode("ab")).containsExactly(2);
    }
  }

  static Stream<String> models() {
    return Stream.of(
        "{\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": [[\"?\", 0], [\"a\", -2], [\"b\", -2], [\"ab\", -3]]}",
        "{\"type\": \"WordLevel\", \"unk_token\": \"?\", \"vocab\": {\"?\": 0, \"ab\": 3}}",
        "{\"type\": \"WordPiece\", \"unk_token\": \"?\", \"continuing_subword_prefix\": \"##\", \"max_input_chars_per_word\": 100, \"vocab\": {\"?\": 0, \"ab\": 3}}");
  }

  @ParameterizedTest
  @MethodSource("models")
  void otherKindsOfModelsAreReadToo(String model) {
    try (var tokenizer = read("{\"model\": " + model + "}")) {
      assertThat(tokenizer.encode("ab")).containsExactly(3);
      assertThat(tokenizer.vocabularySize()).isEqualTo(4);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "7",
        "[]",
        "{",
        "{}",
        "\"text\"",
        "{\"model\": 3}",
        "{\"model\": null}",
        "{\"model\": {}}",
        "{\"model\": {\"type\": \"Nonsense\"}}",
        "{\"model\": {\"type\": [\"?\", 5], \"vocab\": {\"a\": 0}, \"merges\": []}}",
        "{\"model\": {\"type\": {\"a\": \"BPE\"}, \"vocab\": {\"a\": 0}, \"merges\": []}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": []}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": -1}, \"merges\": []}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 4294967295}, \"merges\": []}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 99999999999999999999999}, \"merges\": []}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": \"0\"}, \"merges\": []}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a x\"]}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a\"]}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [7]}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1}, \"merges\": [\"a b\"], \"continuing_subword_prefix\": \"##\"}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [], \"dropout\": 0.5}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [], \"continuing_subword_prefix\": [[]]}}",
        "{\"model\": {\"type\": \"Unigram\", \"vocab\": [], \"unk_id\": 0}}",
        "{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\", 1e308]], \"unk_id\": 0}}",
        "{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\", -1.0]], \"unk_id\": 5}}",
        "{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\"]]}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}} trailing",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {}, \"merges\": []}, \"model\": {}}"
      })
  void aFileThatIsNoTokenizerIsAnError(String json) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("tokenizer.json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAA\"}",
        "\"normalizer\": {\"type\": \"Replace\", \"pattern\": {\"String\": \"\"}, \"content\": \"x\"}",
        "\"normalizer\": {\"type\": \"Replace\", \"pattern\": {\"Regex\": \"(a+)+b\"}, \"content\": \"x\"}",
        "\"normalizer\": {\"type\": \"Replace\", \"pattern\": {\"Regex\": \"\\\\s*\"}, \"content\": \"_\"}",
        "\"normalizer\": {\"type\": \"Strip\", \"strip_left\": true, \"strip_right\": true}, \"added_tokens\": [{\"id\": 3, \"content\": \" \", \"single_word\": false, \"lstrip\": false, \"rstrip\": false, \"normalized\": true, \"special\": true}]",
        "\"normalizer\": {\"type\": \"Sequence\"}",
        "\"normalizer\": {}",
        "\"normalizer\": []",
        "\"normalizer\": \"NFC\"",
        "\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"(\"}, \"behavior\": \"Isolated\", \"invert\": false}",
        "\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"*\"}, \"behavior\": \"Nonsense\", \"invert\": false}",
        "\"decoder\": {\"type\": \"Strip\", \"content\": \" \", \"start\": 0, \"stop\": 5}",
        "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"Sequence\": {\"id\": \"B\", \"type_id\": 0}}], \"pair\": [], \"special_tokens\": {}}",
        "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": \"<s>\", \"type_id\": 0}}], \"pair\": [], \"special_tokens\": {}}",
        "\"normalizer\": {\"type\": \"BertNormalizer\", \"precompiled_charsmap\": \"AAAA\"}",
        "\"normalizer\": {\"type\": \"NFC\", \"type\": \"NFD\"}",
        "\"normalizer\": {\"type\": \"Prepend\", \"prepend\": 7}",
        "\"normalizer\": {\"type\": \"Replace\", \"pattern\": {\"Regex\": \".?.?.?.?.?.?.?.?.?.?.?.?b\"}, \"content\": \"x\"}",
        "\"normalizer\": null, \"normalizer\": {\"type\": \"NFC\"}",
        "\"pre_tokenizer\": {\"type\": \"FixedLength\", \"length\": 0}",
        "\"pre_tokenizer\": {\"type\": \"CharDelimiterSplit\", \"delimiter\": \"ab\"}",
        "\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"a\"}, \"behavior\": \"Nonsense\", \"invert\": false}",
        "\"decoder\": {\"type\": \"Strip\", \"content\": \"\", \"start\": 0, \"stop\": 0}",
        "\"decoder\": {\"type\": \"Strip\", \"content\": \" \", \"start\": 1e999, \"stop\": 0}",
        "\"decoder\": {\"type\": \"BPEDecoder\", \"suffix\": \"\\ud800\"}",
        "\"decoder\": {\"type\": \"Replace\", \"pattern\": {\"Regex\": \"a*\"}, \"content\": \"x\"}",
        "\"post_processor\": {\"type\": \"ByteLevel\", \"sep\": [\"a\", 0], \"cls\": [\"a\", 0], \"trim_offsets\": true, \"add_prefix_space\": true}",
        "\"post_processor\": {\"type\": \"BertProcessing\", \"sep\": [\"a\", -1], \"cls\": [\"a\", 0]}",
        "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [], \"pair\": [], \"special_tokens\": {}}",
        "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}, {\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}], \"pair\": [], \"special_tokens\": {}}",
        "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"Sequence\": {\"id\": \"A\", \"type_id\": 4294967296}}], \"pair\": [], \"special_tokens\": {}}",
        "\"post_processor\": {\"type\": \"Sequence\", \"processors\": [{\"type\": \"BertProcessing\", \"sep\": [\"a\", 0], \"cls\": [\"a\", 0]}, {\"type\": \"TemplateProcessing\", \"single\": [{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}], \"pair\": [], \"special_tokens\": {}}]}",
        "\"added_tokens\": [{\"id\": 3, \"content\": \" \", \"lstrip\": true, \"rstrip\": false, \"single_word\": false, \"normalized\": false, \"special\": false}, {\"id\": 4, \"content\": \"x\", \"lstrip\": false, \"rstrip\": true, \"single_word\": false, \"normalized\": false, \"special\": false}]",
        "\"added_tokens\": [{\"id\": 3, \"content\": \"\\u00a0\", \"lstrip\": true, \"rstrip\": false, \"single_word\": false, \"normalized\": false, \"special\": false}, {\"id\": 4, \"content\": \"x\", \"lstrip\": false, \"rstrip\": true, \"single_word\": false, \"normalized\": false, \"special\": false}]",
        "\"added_tokens\": 3",
        "\"added_tokens\": [3]",
        "\"added_tokens\": [{\"id\": 0}]"
      })
  void aPartThatWouldEndTheProcessIsAnError(String part) {
    assertThatThrownBy(() -> read(GOOD.formatted(", " + part)))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("tokenizer.json");
  }

  static Stream<String> hostile() {
    return HostileTokenizers.all();
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void aFileThatEndedTheProcessIsAnError(String json) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("The tokenizer.json cannot be used");
  }

  @Test
  void partsThatMultiplyATextAreAnError() {
    String one = "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": false}";
    String many = IntStream.range(0, 30).mapToObj(i -> one).collect(Collectors.joining(","));
    assertThatThrownBy(
            () ->
                read(
                    GOOD.formatted(
                        ", \"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": ["
                            + many
                            + "]}")))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("times as long");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\": \"WordPiece\", \"unk_token\": \"a\", \"continuing_subword_prefix\": \"##\", \"max_input_chars_per_word\": 100000, \"vocab\": {\"a\": 0}}",
        "{\"type\": \"BPE\", \"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"merges\": []}",
        "{\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"vocab\": {\"b\": 0}, \"merges\": []}"
      })
  void aModelThatWouldTakeForeverOrIsUnclearIsAnError(String model) {
    assertThatThrownBy(() -> read("{\"model\": " + model + "}"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("cannot be used");
  }

  @Test
  void aUnigramTokenThatWouldOverflowTheStackIsAnError() {
    String token = "a".repeat(2_000);
    assertThatThrownBy(
            () ->
                read(
                    "{\"model\": {\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": [[\"?\", 0], [\""
                        + token
                        + "\", -2]]}}"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("2000 bytes; expected at most 256");
  }

  @Test
  void replacementsThatMultiplyATextAreAnError() {
    String one = "{\"type\": \"Replace\", \"pattern\": {\"String\": \"a\"}, \"content\": \"aa\"}";
    String many = IntStream.range(0, 40).mapToObj(i -> one).collect(Collectors.joining(","));
    assertThatThrownBy(
            () ->
                read(
                    GOOD.formatted(
                        ", \"normalizer\": {\"type\": \"Sequence\", \"normalizers\": ["
                            + many
                            + "]}")))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("times as long");
  }

  @Test
  void deepNestingIsAnError() {
    assertThatThrownBy(() -> read("{\"model\": " + "[".repeat(100_000)))
        .isInstanceOf(FresnelException.class);
    assertThatThrownBy(
            () ->
                read(
                    GOOD.formatted(
                        ", \"decoder\": "
                            + "{\"type\": \"Sequence\", \"decoders\": [".repeat(40)
                            + "]}".repeat(40))))
        .isInstanceOf(FresnelException.class);
  }

  @Test
  void aHugeFileIsAnErrorAtOnce() {
    String huge = GOOD.formatted("") + " ".repeat(65 << 20);
    assertThatThrownBy(() -> read(huge))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("expected at most");
  }

  @Test
  void bytesThatAreNotUtf8AreAnError() {
    assertThatThrownBy(() -> Tokenizer.fromJson(new byte[] {'{', (byte) 0xFF}, SpecialTokens.NONE))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("UTF-8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "template", "llama"})
  void aFileCutAnywhereIsAnError(String kind) {
    String whole = new String(Golden.bytes(kind, "tokenizer.json"), StandardCharsets.UTF_8).strip();
    for (int length = 0; length < whole.length(); length += 37) {
      String cut = whole.substring(0, length);
      assertThatThrownBy(() -> read(cut)).isInstanceOf(FresnelException.class);
    }
  }

  /** Also encodes a text, since the native code reads the file only then. */
  private static Tokenizer read(String json) {
    var tokenizer = Tokenizer.fromJson(json, SpecialTokens.NONE);
    tokenizer.encode("a");
    return tokenizer;
  }

  @Test
  void whatIsNoJsonIsNotQuoted() {
    assertThatThrownBy(() -> read("root:secret:0:0"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("line 1, column")
        .hasMessageNotContaining("root")
        .hasNoCause();
  }
}
