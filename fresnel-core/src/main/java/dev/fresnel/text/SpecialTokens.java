package dev.fresnel.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Json;
import org.jspecify.annotations.Nullable;

/**
 * The special tokens that a model's files name, by text; null for those that they do not name.
 *
 * @param bos comes before a text; if null, the tokenizer uses {@code eos}
 * @param eos ends a text
 * @param pad pads the shorter rows of a batch; if null, the tokenizer uses {@code eos}
 * @param unk stands for text that the vocabulary lacks
 */
public record SpecialTokens(
    @Nullable String bos, @Nullable String eos, @Nullable String pad, @Nullable String unk) {

  /** No special tokens. */
  public static final SpecialTokens NONE = new SpecialTokens(null, null, null, null);

  /**
   * Reads the two small files beside a Hugging Face tokenizer.json. A token is a string, or an
   * object with a {@code content}. Where the files differ, special_tokens_map.json wins, unless
   * tokenizer_config.json has {@code added_tokens_decoder}, as in transformers.
   *
   * @param tokenizerConfig the bytes of tokenizer_config.json, or null if there is none
   * @param specialTokensMap the bytes of special_tokens_map.json, or null if there is none
   * @throws FresnelException if a file is not a JSON object, or a token has another form
   */
  public static SpecialTokens read(
      byte @Nullable [] tokenizerConfig, byte @Nullable [] specialTokensMap) {
    return of(
        object("tokenizer_config.json", tokenizerConfig),
        object("special_tokens_map.json", specialTokensMap));
  }

  static SpecialTokens of(JsonNode config, JsonNode map) {
    boolean configWins = config.has("added_tokens_decoder");
    JsonNode first = configWins ? config : map;
    JsonNode second = configWins ? map : config;
    return new SpecialTokens(
        token("bos_token", first, second),
        token("eos_token", first, second),
        token("pad_token", first, second),
        token("unk_token", first, second));
  }

  static JsonNode object(String file, byte @Nullable [] bytes) {
    if (bytes == null) {
      return Json.MAPPER.createObjectNode();
    }
    try {
      JsonNode node = Json.tree(bytes);
      if (!node.isObject()) {
        throw new FresnelException(file + " is not a JSON object. Download the file again.");
      }
      return node;
    } catch (JsonProcessingException e) {
      throw new FresnelException(
          file + " is not valid JSON: " + Json.problem(e) + ". Download the file again.");
    }
  }

  private static @Nullable String token(String key, JsonNode first, JsonNode second) {
    JsonNode value = first.path(key);
    if (value.isMissingNode() || value.isNull()) {
      value = second.path(key);
    }
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    JsonNode text = value.isObject() ? value.path("content") : value;
    if (!text.isTextual()) {
      throw wrong(key, value);
    }
    return text.textValue().isEmpty() ? null : text.textValue();
  }

  static FresnelException wrong(String key, JsonNode value) {
    return new FresnelException(
        "The tokenizer's %s (in tokenizer_config.json or special_tokens_map.json) is %s; expected a string, or an object with a \"content\" string. Correct it, or remove the key."
            .formatted(key, Json.brief(value)));
  }
}
