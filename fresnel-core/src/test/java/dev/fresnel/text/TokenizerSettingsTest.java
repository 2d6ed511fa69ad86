package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What tokenizer_config.json and its neighbours say of how a text is read. */
class TokenizerSettingsTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Tokenizer tokenizer(String golden, String config, String added)
      throws IOException {
    byte[] json =
        Files.readAllBytes(
            dev.fresnel.testkit.Golden.root().resolve("tokenizers/" + golden + "/tokenizer.json"));
    var settings = TokenizerSettings.read(utf8(config), null, added == null ? null : utf8(added));
    return Tokenizer.fromJson(json, settings, TokenizerTrust.TRIED);
  }

  @Test
  void aSpaceComesBeforeATextWhereTheConfigurationSaysSo() throws IOException {
    try (var with =
            tokenizer(
                "gpt2",
                "{\"tokenizer_class\": \"GPT2Tokenizer\", \"add_prefix_space\": true}",
                null);
        var without = tokenizer("gpt2", "{\"add_prefix_space\": false}", null)) {
      assertThat(with.encode("the light")).isEqualTo(without.encode(" the light"));
      assertThat(with.encode("the light")).isNotEqualTo(without.encode("the light"));
    }
  }

  @Test
  void aClassThatTakesTheFileAsItStandsAddsNoSpace() throws IOException {
    String config =
        "{\"tokenizer_class\": \"PreTrainedTokenizerFast\", \"add_prefix_space\": true}";
    try (var backend = tokenizer("gpt2", config, null);
        var plain = tokenizer("gpt2", "{}", null)) {
      assertThat(backend.encode("the light")).isEqualTo(plain.encode("the light"));
    }
  }

  @Test
  void aSpaceThatNoPartCanPutBeforeATextIsRefused() {
    assertThatThrownBy(() -> tokenizer("smollm", "{\"add_prefix_space\": true}", null))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("add_prefix_space = true is not supported with this tokenizer.json")
        .hasMessageContaining("Remove the key");
    assertThatThrownBy(() -> tokenizer("llama", "{\"add_prefix_space\": false}", null))
        .hasMessageContaining("add_prefix_space = false");
  }

  @Test
  void tokensThatOnlyTheSmallFilesNameAreAdded() throws IOException {
    try (var plain = tokenizer("gpt2", "{}", null);
        var named = tokenizer("gpt2", "{\"pad_token\": \"[PAD]\"}", null);
        var listed =
            tokenizer(
                "gpt2",
                "{\"added_tokens_decoder\": {\"900\": {\"content\": \"[X]\", \"lstrip\": true}},"
                    + " \"additional_special_tokens\": [\"[Y]\"]}",
                "{\"[ignored]\": 5}");
        var added = tokenizer("gpt2", "{}", "{\"[A]\": 7}")) {
      int next = plain.vocabularySize();
      assertThat(named.encode("[PAD]")).containsExactly(next);
      assertThat(named.padId()).hasValue(next);
      assertThat(listed.encode(" [X][Y]")).containsExactly(next, next + 1);
      assertThat(listed.encode("[ignored]")).hasSizeGreaterThan(1);
      assertThat(added.encode("[A]")).containsExactly(next);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"split_special_tokens\": true} | split_special_tokens = true is not supported",
        "{\"fix_mistral_regex\": true}    | fix_mistral_regex = true is not supported",
        "{\"add_prefix_space\": 1}        | add_prefix_space must be true or false, is 1",
        "{\"additional_special_tokens\": [7]} | additional_special_tokens (in tokenizer_config.json or special_tokens_map.json) is 7; expected a string",
        "{\"added_tokens_decoder\": {\"x\": {\"content\": \"a\"}, \"y\": {\"content\": \"b\"}}} |"
            + " added_tokens_decoder has the key",
      })
  void whatCannotBeHonouredIsRefusedByName(String config, String message) {
    assertThatThrownBy(() -> tokenizer("gpt2", config, null))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(message.strip());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model_max_length\": 9, \"chat_template\": \"x\", \"image_token\": \"<i>\"}",
        "{\"split_special_tokens\": false, \"legacy\": true, \"add_bos_token\": true}"
      })
  void publishedKeysGetNoRemark(String config) {
    assertThat(TokenizerSettings.read(utf8(config), null, null).remarks()).isEmpty();
  }

  @Test
  void aKeyThatNothingReadsIsToldOnce() {
    var settings =
        TokenizerSettings.read(utf8("{\"add_prefix_spce\": true}"), utf8("{\"bos\": \"a\"}"), null);
    assertThat(settings.remarks())
        .containsExactly(
            "tokenizer_config.json: nothing reads add_prefix_spce, here or in the original; check the spelling.",
            "special_tokens_map.json: nothing reads bos, here or in the original; check the spelling.");
  }
}
