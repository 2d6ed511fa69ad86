package dev.fresnel.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the small files beside a tokenizer.json say of how a text is read: tokenizer_config.json,
 * special_tokens_map.json and added_tokens.json. {@code docs/FORMATS.md} lists their keys. A key
 * that changes ids in transformers is honoured or refused.
 */
public final class TokenizerSettings {
  private static final String CONFIG = "tokenizer_config.json";
  private static final String MAP = "special_tokens_map.json";

  private static final Set<String> HONOURED =
      Set.of(
          "add_prefix_space",
          "added_tokens_decoder",
          "additional_special_tokens",
          "do_lower_case",
          "extra_special_tokens",
          "fix_mistral_regex",
          "split_special_tokens",
          "strip_accents",
          "tokenize_chinese_chars",
          "tokenizer_class");

  /** Keys of published files that change no id where there is a tokenizer.json. */
  private static final Set<String> HARMLESS =
      Set.of(
          """
          add_bos_token add_eos_token auto_map backend chat_template clean_up_tokenization_spaces
          device_map errors extra_ids from_slow init_inputs is_local
          language legacy local_files_only max_length model_input_names model_max_length
          name_or_path pad_to_max_length pad_to_multiple_of pad_token_type_id padding padding_side
          processor_class response_template return_token_type_ids sp_model_kwargs
          spaces_between_special_tokens special_tokens_map_file stride tokenizer_file transformers_version trim_offsets truncation
          truncation_side truncation_strategy unk_token_id use_default_system_prompt use_fast
          vocab_size\
          """
              .strip()
              .split("\\s+"));

  /** Classes of transformers that take a tokenizer.json as it stands, without add_prefix_space. */
  private static final Set<String> AS_IT_STANDS =
      Set.of(
          "PreTrainedTokenizerFast", "TokenizersBackend", "BloomTokenizerFast", "BloomTokenizer");

  private final JsonNode config;
  private final JsonNode map;
  private final JsonNode added;

  private TokenizerSettings(JsonNode config, JsonNode map, JsonNode added) {
    this.config = config;
    this.map = map;
    this.added = added;
  }

  /**
   * Reads the files' bytes; null for a file that is not there.
   *
   * @param config tokenizer_config.json
   * @param map special_tokens_map.json
   * @param added added_tokens.json
   * @throws FresnelException if a file is not a JSON object, or has a value that cannot be honoured
   */
  public static TokenizerSettings read(
      byte @Nullable [] config, byte @Nullable [] map, byte @Nullable [] added) {
    var settings =
        new TokenizerSettings(
            SpecialTokens.object(CONFIG, config),
            SpecialTokens.object(MAP, map),
            SpecialTokens.object("added_tokens.json", added));
    settings.refuse("split_special_tokens", "special tokens in a text would be read as text");
    settings.refuse("fix_mistral_regex", "a text would be split by another expression");
    settings.addsPrefixSpace();
    return settings;
  }

  /** The special tokens that the files name. */
  public SpecialTokens special() {
    return SpecialTokens.of(config, map);
  }

  /** A sentence for each file that has keys which nothing reads, here or in transformers. */
  public List<String> remarks() {
    var remarks = new ArrayList<String>();
    remark(CONFIG, config, remarks);
    remark(MAP, map, remarks);
    return remarks;
  }

  private static void remark(String file, JsonNode settings, List<String> remarks) {
    var unread = new ArrayList<String>();
    settings
        .properties()
        .forEach(
            entry -> {
              String key = entry.getKey();
              boolean known =
                  HONOURED.contains(key) || HARMLESS.contains(key) || key.endsWith("_token");
              if (!known && !entry.getValue().isNull()) {
                unread.add(key);
              }
            });
    if (!unread.isEmpty()) {
      remarks.add(
          file
              + ": nothing reads "
              + String.join(", ", unread.subList(0, Math.min(10, unread.size())))
              + ", here or in the original; check the spelling.");
    }
  }

  /** Whether a space comes before a text; null where the files leave it to tokenizer.json. */
  @Nullable Boolean addsPrefixSpace() {
    boolean asItStands = AS_IT_STANDS.contains(config.path("tokenizer_class").asText(""));
    return asItStands ? null : said("add_prefix_space").orElse(null);
  }

  /**
   * The tokens that the files add to those of tokenizer.json, in transformers' order: what
   * added_tokens_decoder lists, or without it added_tokens.json; named tokens; further ones. A node
   * is what the file says of the token, or null where it gives the text alone.
   */
  Map<String, @Nullable JsonNode> tokens() {
    var tokens = new LinkedHashMap<String, @Nullable JsonNode>();
    JsonNode decoder = config.path("added_tokens_decoder");
    if (decoder.isObject()) {
      decoder.properties().stream()
          .sorted((a, b) -> Integer.compare(number(a.getKey()), number(b.getKey())))
          .forEach(entry -> put(tokens, "added_tokens_decoder", entry.getValue(), true));
    } else {
      added.properties().stream()
          .sorted((a, b) -> Long.compare(a.getValue().asLong(), b.getValue().asLong()))
          .forEach(entry -> tokens.put(entry.getKey(), null));
    }
    for (JsonNode file : decoder.isObject() ? List.of(config) : List.of(config, map)) {
      named(file, tokens);
    }
    return tokens;
  }

  private static void named(JsonNode file, Map<String, @Nullable JsonNode> tokens) {
    file.properties().stream()
        .filter(entry -> entry.getKey().endsWith("_token") && isToken(entry.getValue()))
        .forEach(entry -> put(tokens, entry.getKey(), entry.getValue(), false));
    for (String key : List.of("additional_special_tokens", "extra_special_tokens")) {
      for (JsonNode token : file.path(key)) {
        put(tokens, key, token, false);
      }
    }
  }

  private static boolean isToken(JsonNode value) {
    return value.isTextual() || value.isObject();
  }

  private static void put(
      Map<String, @Nullable JsonNode> tokens, String key, JsonNode token, boolean says) {
    JsonNode text = token.isObject() ? token.path("content") : token;
    if (!text.isTextual()) {
      throw SpecialTokens.wrong(key, token);
    }
    if (!text.textValue().isEmpty()) {
      tokens.putIfAbsent(text.textValue(), says && token.isObject() ? token : null);
    }
  }

  private static int number(String key) {
    try {
      return Integer.parseInt(key);
    } catch (NumberFormatException e) {
      throw new FresnelException(
          CONFIG
              + ": added_tokens_decoder has the key "
              + Json.brief(Json.MAPPER.getNodeFactory().textNode(key))
              + "; expected a token's id, a whole number.");
    }
  }

  private void refuse(String key, String meaning) {
    if (said(key).orElse(false)) {
      throw new FresnelException(
          CONFIG
              + ": "
              + key
              + " = true is not supported ("
              + meaning
              + "). Remove the key to read texts as tokenizer.json does.");
    }
  }

  /** What tokenizer_config.json says of a key that is true or false; empty where it is silent. */
  Optional<Boolean> said(String key) {
    JsonNode value = config.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isBoolean()) {
      throw new FresnelException(
          CONFIG + ": " + key + " must be true or false, is " + Json.brief(value) + ".");
    }
    return Optional.of(value.booleanValue());
  }

  @Override
  public String toString() {
    return "TokenizerSettings[%d keys of %s, %d of %s]"
        .formatted(config.size(), CONFIG, map.size(), MAP);
  }
}
