package dev.fresnel.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tokenizer.json in Java before the native code does: to know its vocabulary, and to reject
 * input that would end the process there instead of causing an error. {@code docs/FORMATS.md} lists
 * the limits.
 */
final class TokenizerJson {
  /** Characters in the file. The largest known file has 33 million. */
  private static final int MAX_CHARS = 40 << 20;

  /** Characters in a part that is kept as text. */
  private static final int MAX_PART = 1 << 20;

  /**
   * Bytes that the native code may take for the model of a small file, and for each character of a
   * larger one.
   */
  private static final long MAX_MEMORY = 150L << 20;

  private static final int MEMORY_PER_CHAR = 16;

  private final AddedTokens added = new AddedTokens();
  private final TokenizerParts parts = new TokenizerParts();
  private final ModelPart model = new ModelPart(this);
  private final Map<String, Span> spans = new HashMap<>();
  private final String json;

  private TokenizerJson(String json) {
    this.json = json;
  }

  /**
   * @throws FresnelException if this is not a tokenizer.json, or has parts that are not safe to run
   */
  static TokenizerJson read(String json) {
    if (json.length() > MAX_CHARS) {
      throw UnusableTokenizer.file(
          "it has %,d characters; expected at most %,d".formatted(json.length(), MAX_CHARS),
          "Check that it is the right file.");
    }
    var facts = new TokenizerJson(json);
    try (JsonParser parser = Json.MAPPER.createParser(json)) {
      facts.readAll(parser);
    } catch (JsonProcessingException e) {
      // Without its cause, which quotes the file.
      throw UnusableTokenizer.file(
          "it is not valid JSON, or not a tokenizer's, at " + Json.problem(e),
          "Download the file again.");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return facts;
  }

  /** Where a value is in the file's text, in characters. */
  record Span(int start, int end) {}

  /** Where the value of a key of the file is; null if the file does not have it. */
  @Nullable Span span(String key) {
    return spans.get(key);
  }

  /** The texts of the added tokens. */
  Set<String> addedTexts() {
    return Set.copyOf(added.texts());
  }

  /** The id that the native code assigns to a token; null if the vocabulary lacks it. */
  @Nullable Integer id(String text) {
    return model.ids().get(text);
  }

  Pieces pieces() {
    return new Pieces(model.ids());
  }

  /** One more than the largest id. */
  int vocabularySize() {
    int size = model.vocabularySize();
    for (String text : added.texts()) {
      size = Math.max(size, model.ids().getOrDefault(text, -1) + 1);
    }
    return size;
  }

  /**
   * The most UTF-8 bytes of a text that one token stands for; empty where a token may stand for any
   * number of them.
   */
  OptionalInt mostBytesPerToken() {
    return model.coversBytes() && !parts.shortens() && !added.strips()
        ? OptionalInt.of(Math.max(1, Math.max(model.longestToken(), added.longest())))
        : OptionalInt.empty();
  }

  /** The model's keys that nothing reads. */
  List<String> unread() {
    return model.unread();
  }

  /** Whether it has the shape of a published tokenizer; any other is tried in a process first. */
  boolean known() {
    return parts.usual();
  }

  private void readAll(JsonParser parser) throws IOException {
    expect(parser, parser.nextToken(), JsonToken.START_OBJECT, "it");
    Set<String> keys = new HashSet<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      if (!keys.add(key)) {
        throw bad("\"" + key + "\"", "is given twice");
      }
      int start = (int) parser.currentTokenLocation().getCharOffset();
      switch (key) {
        case "model" -> model.read(parser);
        case "added_tokens" -> readAdded(parser);
        case "normalizer", "pre_tokenizer", "post_processor", "decoder" ->
            parts.check(key, tree(parser, "its " + key));
        case "version", "truncation", "padding" -> skip(parser, "\"" + key + "\"");
        default ->
            throw bad("\"" + key + "\"", "is no key of a tokenizer.json; check the spelling");
      }
      spans.put(key, new Span(start, (int) parser.currentLocation().getCharOffset()));
    }
    if (parser.nextToken() != null) {
      throw bad("it", "continues after its end");
    }
    if (!keys.contains("model")) {
      throw bad("it", "has no \"model\"");
    }
    long most = Math.max(MAX_MEMORY, (long) MEMORY_PER_CHAR * json.length());
    if (model.memory() > most) {
      throw bad(
          "The model",
          "has %,d tokens and would take %,d MB; expected at most %,d MB for a file of its size"
              .formatted(model.ids().size(), model.memory() >> 20, most >> 20));
    }
    added.requireFit(parts);
    added.assign(model.ids());
  }

  private void readAdded(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    expect(parser, parser.currentToken(), JsonToken.START_ARRAY, "\"added_tokens\"");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(parser, parser.currentToken(), JsonToken.START_OBJECT, "An added token");
      added.add(tree(parser, "an added token"));
    }
  }

  /**
   * Skips a value. Checks its length, because the native code may keep it, in many times the memory
   * of its text.
   *
   * @return its text
   */
  String skip(JsonParser parser, String what) throws IOException {
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

  static void expect(JsonParser parser, @Nullable JsonToken actual, JsonToken expected, String what)
      throws IOException {
    if (actual != expected) {
      throw bad(
          what,
          "is %s at character %d; expected %s"
              .formatted(actual, parser.currentTokenLocation().getCharOffset(), expected));
    }
  }

  static FresnelException bad(String what, String problem) {
    return UnusableTokenizer.file(
        what + " " + problem, "If the file was cut or changed, download it again.");
  }
}
