package dev.fresnel.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Json;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A tokenizer.json changed as the files beside it say, as transformers changes the tokenizer when
 * it loads one: the space before a text, and further added tokens. The vocabulary stays.
 */
final class TokenizerOverlay {
  private static final List<String> FLAGS =
      List.of("single_word", "lstrip", "rstrip", "normalized", "special");

  /** The normalizer's name of each key. */
  private static final Map<String, String> BERT =
      Map.of(
          "do_lower_case", "lowercase",
          "strip_accents", "strip_accents",
          "tokenize_chinese_chars", "handle_chinese_chars");

  private final String json;
  private final TokenizerJson facts;

  /** What replaces each part that changes, by the part's key. */
  private final Map<String, String> changes = new TreeMap<>();

  private TokenizerOverlay(String json, TokenizerJson facts) {
    this.json = json;
    this.facts = facts;
  }

  /**
   * @param facts what {@code json} holds
   * @return the same string where nothing changes
   */
  static String apply(String json, TokenizerJson facts, TokenizerSettings settings) {
    var overlay = new TokenizerOverlay(json, facts);
    overlay.addTokens(settings);
    overlay.letters(settings);
    Boolean space = settings.addsPrefixSpace();
    if (space != null) {
      overlay.prefixSpace(space);
    }
    return overlay.result();
  }

  private String result() {
    var text = new StringBuilder(json);
    changes.keySet().stream()
        .filter(key -> facts.span(key) != null)
        .sorted(Comparator.comparing(key -> -facts.span(key).start()))
        .forEach(
            key -> {
              var span = facts.span(key);
              text.replace(span.start(), span.end(), changes.get(key));
            });
    changes.keySet().stream()
        .filter(key -> facts.span(key) == null)
        .forEach(
            key -> text.insert(text.indexOf("{") + 1, "\"" + key + "\":" + changes.get(key) + ","));
    return changes.isEmpty() ? json : text.toString();
  }

  private JsonNode part(String key) {
    var span = facts.span(key);
    try {
      return span == null
          ? Json.MAPPER.nullNode()
          : Json.MAPPER.readTree(json.substring(span.start(), span.end()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("read before", e);
    }
  }

  private void addTokens(TokenizerSettings settings) {
    Map<String, JsonNode> wanted = settings.tokens();
    Set<String> added = facts.addedTexts();
    if (wanted.entrySet().stream()
        .allMatch(entry -> entry.getValue() == null && added.contains(entry.getKey()))) {
      return;
    }
    JsonNode before = part("added_tokens");
    ArrayNode after = Json.MAPPER.createArrayNode();
    for (JsonNode token : before) {
      JsonNode said = wanted.get(token.path("content").asText());
      after.add(said == null ? token : withFlags((ObjectNode) token.deepCopy(), said));
    }
    int next = facts.vocabularySize();
    for (var entry : wanted.entrySet()) {
      if (!added.contains(entry.getKey())) {
        Integer id = facts.id(entry.getKey());
        ObjectNode token = ByteLevel.addedToken(id == null ? next++ : id, entry.getKey(), true);
        after.add(entry.getValue() == null ? token : withFlags(token, entry.getValue()));
      }
    }
    if (!after.equals(before)) {
      changes.put("added_tokens", after.toString());
    }
  }

  private static ObjectNode withFlags(ObjectNode token, JsonNode said) {
    for (String flag : FLAGS) {
      if (said.path(flag).isBoolean()) {
        token.set(flag, said.path(flag));
      }
    }
    return token;
  }

  /** Only the first part sees a text whole, so only there a space can be put before it. */
  private void prefixSpace(boolean wanted) {
    JsonNode splitting = part("pre_tokenizer");
    JsonNode first = first(splitting, "pretokenizers");
    switch (first.path("type").asText()) {
      case "ByteLevel" -> {
        if (first.path("add_prefix_space").asBoolean() != wanted) {
          ((ObjectNode) first).put("add_prefix_space", wanted);
          changes.put("pre_tokenizer", splitting.toString());
        }
      }
      case "Metaspace" -> metaspace(splitting, (ObjectNode) first, wanted);
      default -> {
        JsonNode normalizer = first(part("normalizer"), "normalizers");
        boolean prepends = normalizer.path("type").asText().equals("Prepend");
        if (wanted != (prepends || splitting.toString().contains("\"add_prefix_space\":true"))) {
          throw new FresnelException(
              "tokenizer_config.json: add_prefix_space = %s is not supported with this tokenizer.json, which %s. Remove the key to read texts as tokenizer.json does."
                  .formatted(
                      wanted,
                      wanted
                          ? "has no part that puts a space before a whole text"
                          : "puts a space before a text by another part"));
        }
      }
    }
  }

  private void metaspace(JsonNode splitting, ObjectNode part, boolean wanted) {
    String scheme = part.path("prepend_scheme").asText(wanted ? "always" : "never");
    boolean now = !scheme.equals("never") && part.path("add_prefix_space").asBoolean(true);
    if (now != wanted) {
      part.put("prepend_scheme", wanted ? "first" : "never");
      part.remove("add_prefix_space");
      changes.put("pre_tokenizer", splitting.toString());
    }
  }

  /** What BERT's class says of letters, where tokenizer.json has its normalizer. */
  private void letters(TokenizerSettings settings) {
    JsonNode normalizer = part("normalizer");
    if (!normalizer.path("type").asText().equals("BertNormalizer")) {
      return;
    }
    JsonNode before = normalizer.deepCopy();
    BERT.forEach(
        (key, name) ->
            settings.said(key).ifPresent(flag -> ((ObjectNode) normalizer).put(name, flag)));
    if (!normalizer.equals(before)) {
      changes.put("normalizer", normalizer.toString());
    }
  }

  private static JsonNode first(JsonNode part, String list) {
    return "Sequence".equals(part.path("type").asText()) ? part.path(list).path(0) : part;
  }
}
