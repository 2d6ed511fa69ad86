package dev.fresnel.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tokenizer.json in Java before the native code does: to know its vocabulary, and to reject
 * input that would end the process there instead of causing an error.
 */
final class TokenizerJson {
  /** Characters in the file. The largest known file has 33 million. */
  private static final int MAX_CHARS = 40 << 20;

  /** Characters in a part that is kept as text. */
  private static final int MAX_PART = 1 << 20;

  private static final int MAX_TOKENS = 1 << 20;
  private static final int MAX_MERGES = 1 << 20;

  /** Token ids are below this. */
  private static final int MAX_ID = 1 << 24;

  private static final int MAX_ADDED = 20_000;

  /** Characters in a token. */
  private static final int MAX_TOKEN = 1 << 16;

  /** Characters in an added token. */
  private static final int MAX_ADDED_LENGTH = 1_000;

  private final Map<String, Integer> ids = new HashMap<>();
  private final List<String> added = new ArrayList<>();
  private final List<String> normalized = new ArrayList<>();
  private int vocabularySize;
  private boolean hasModel;
  private boolean hasMerges;
  private boolean hasPrefix;

  private final String json;

  private TokenizerJson(String json) {
    this.json = json;
  }

  /**
   * @throws FresnelException if this is not a tokenizer.json, or has parts that are not safe to run
   */
  static TokenizerJson read(String json) {
    if (json.length() > MAX_CHARS) {
      throw new FresnelException(
          "The tokenizer.json has %,d characters; expected at most %,d. Check that it is the right file."
              .formatted(json.length(), MAX_CHARS));
    }
    var facts = new TokenizerJson(json);
    try (JsonParser parser = Json.MAPPER.createParser(json)) {
      facts.readAll(parser);
    } catch (JsonProcessingException e) {
      throw new FresnelException(
          "The tokenizer.json is not valid JSON, or not a tokenizer's, at character %d: %s. Download the file again."
              .formatted(
                  e.getLocation() == null ? 0 : e.getLocation().getCharOffset(),
                  e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return facts;
  }

  /** The id that the native code assigns to a token; null if the vocabulary lacks it. */
  @Nullable Integer id(String text) {
    return ids.get(text);
  }

  /** One more than the largest id. */
  int vocabularySize() {
    return vocabularySize;
  }

  private void readAll(JsonParser parser) throws IOException {
    expect(parser, parser.nextToken(), JsonToken.START_OBJECT, "The file");
    var parts = new TokenizerParts();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      switch (key) {
        case "model" -> readModel(parser);
        case "added_tokens" -> readAdded(parser);
        case "normalizer", "pre_tokenizer", "post_processor", "decoder" ->
            parts.check(key, tree(parser, "its " + key));
        default -> skip(parser, "\"" + key + "\"");
      }
    }
    if (parser.nextToken() != null) {
      throw bad("The file", "continues after its end");
    }
    if (!hasModel) {
      throw bad("The file", "has no \"model\"");
    }
    normalized.stream()
        .filter(parts::mayErase)
        .findAny()
        .ifPresent(
            text -> {
              throw bad("Of the added token \"" + text + "\"", "the normalizer may leave nothing");
            });
    assignAdded();
  }

  private void readModel(JsonParser parser) throws IOException {
    expect(parser, parser.currentToken(), JsonToken.START_OBJECT, "\"model\"");
    if (hasModel) {
      throw bad("\"model\"", "is given twice");
    }
    hasModel = true;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (key) {
        case "vocab" -> readVocabulary(parser);
        case "merges" -> skipMerges(parser);
        case "continuing_subword_prefix" -> {
          hasPrefix = value != JsonToken.VALUE_NULL && !parser.getValueAsString("?").isEmpty();
          skip(parser, "The model's " + key);
        }
        case "dropout" -> {
          if (value != JsonToken.VALUE_NULL && parser.getValueAsDouble(1) != 0) {
            throw bad(
                "The model's \"dropout\"", "is set: it would split a text differently every time");
          }
          skip(parser, "The model's " + key);
        }
        default -> skip(parser, "The model's \"" + key + "\"");
      }
    }
    if (hasMerges && hasPrefix) {
      throw bad("The model's \"continuing_subword_prefix\"", "is not supported beside merges");
    }
  }

  /**
   * Skips the merges. Checks that each is one string or two, because the native code would keep
   * anything else.
   */
  private void skipMerges(JsonParser parser) throws IOException {
    hasMerges = true;
    expect(parser, parser.currentToken(), JsonToken.START_ARRAY, "The list of merges");
    for (int count = 0; parser.nextToken() != JsonToken.END_ARRAY; count++) {
      if (count == MAX_MERGES) {
        throw bad("The model", "has more than " + MAX_MERGES + " merges");
      }
      if (parser.currentToken() == JsonToken.START_ARRAY) {
        expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, "The left side of a merge");
        expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, "The right side of a merge");
        expect(parser, parser.nextToken(), JsonToken.END_ARRAY, "What follows a merge's two sides");
      } else {
        expect(parser, parser.currentToken(), JsonToken.VALUE_STRING, "A merge");
      }
    }
  }

  /**
   * Skips a value. Checks its length, because the native code may keep it, in many times the memory
   * of its text.
   *
   * @return its text
   */
  private String skip(JsonParser parser, String what) throws IOException {
    int start = (int) parser.currentTokenLocation().getCharOffset();
    parser.skipChildren();
    int end = (int) parser.currentLocation().getCharOffset();
    if (end - start > MAX_PART) {
      throw bad(what, "has " + (end - start) + " characters; expected at most " + MAX_PART);
    }
    return json.substring(start, end);
  }

  private JsonNode tree(JsonParser parser, String what) throws IOException {
    return parser.currentToken().isStructStart()
        ? Json.MAPPER.readTree(skip(parser, what))
        : parser.readValueAsTree();
  }

  private void readVocabulary(JsonParser parser) throws IOException {
    ids.clear();
    if (parser.currentToken() == JsonToken.START_ARRAY) {
      readUnigram(parser);
      return;
    }
    expect(parser, parser.currentToken(), JsonToken.START_OBJECT, "The vocabulary");
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String text = parser.currentName();
      expect(parser, parser.nextToken(), JsonToken.VALUE_NUMBER_INT, "The id of a token");
      long id = parser.getLongValue();
      if (id < 0 || id >= MAX_ID) {
        throw bad(
            "The id of token \"" + text + "\"", "is " + id + "; expected 0 to " + (MAX_ID - 1));
      }
      put(text, (int) id);
    }
  }

  private void readUnigram(JsonParser parser) throws IOException {
    for (int id = 0; parser.nextToken() != JsonToken.END_ARRAY; id++) {
      expect(
          parser,
          parser.currentToken(),
          JsonToken.START_ARRAY,
          "Entry " + id + " of the vocabulary");
      expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, "Token " + id);
      String text = parser.getText();
      JsonToken score = parser.nextToken();
      if (score == null || !score.isNumeric() || Math.abs(parser.getDoubleValue()) > 1e30) {
        throw bad("The score of token " + id, "is no usable number");
      }
      expect(parser, parser.nextToken(), JsonToken.END_ARRAY, "Entry " + id + " of the vocabulary");
      put(text, id);
    }
  }

  private void put(String text, int id) {
    if (text.length() > MAX_TOKEN) {
      throw bad(
          "Token " + id, "has " + text.length() + " characters; expected at most " + MAX_TOKEN);
    }
    ids.put(text, id);
    if (ids.size() > MAX_TOKENS) {
      throw bad("The vocabulary", "has more than " + MAX_TOKENS + " tokens");
    }
    vocabularySize = Math.max(vocabularySize, id + 1);
  }

  private void readAdded(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    expect(parser, parser.currentToken(), JsonToken.START_ARRAY, "\"added_tokens\"");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(parser, parser.currentToken(), JsonToken.START_OBJECT, "An added token");
      JsonNode token = tree(parser, "an added token");
      JsonNode text = token.path("content");
      if (!text.isTextual() || text.textValue().length() > MAX_ADDED_LENGTH) {
        throw bad(
            "The \"content\" of added token " + added.size(),
            "is "
                + Json.brief(text)
                + "; expected a string of at most "
                + MAX_ADDED_LENGTH
                + " characters");
      }
      if (added.size() == MAX_ADDED) {
        throw bad("\"added_tokens\"", "has more than " + MAX_ADDED + " entries");
      }
      added.add(text.textValue());
      if (!token.path("normalized").isBoolean() || token.path("normalized").booleanValue()) {
        normalized.add(text.textValue());
      }
    }
  }

  /**
   * Assigns ids to added tokens as the native code does: the id in the vocabulary, or else the next
   * free one. It ignores the id written in the file.
   */
  private void assignAdded() {
    int modelSize = ids.size();
    int last = -1;
    for (String text : added) {
      if (text.isEmpty()) {
        continue;
      }
      int id = ids.getOrDefault(text, Math.max(modelSize, last + 1));
      last = Math.max(last, id);
      put(text, id);
    }
  }

  private static void expect(
      JsonParser parser, @Nullable JsonToken actual, JsonToken expected, String what)
      throws IOException {
    if (actual != expected) {
      throw bad(
          what,
          "is %s at character %d; expected %s"
              .formatted(actual, parser.currentTokenLocation().getCharOffset(), expected));
    }
  }

  static FresnelException bad(String what, String problem) {
    return new FresnelException(
        "The tokenizer.json cannot be used: "
            + what
            + " "
            + problem
            + ". Download the file again, or give token ids in place of text.");
  }
}
