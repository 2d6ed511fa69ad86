package dev.fresnel.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the {@code model} of a tokenizer.json: its vocabulary, and whether it is safe to run. */
final class ModelPart {
  private static final int MAX_TOKENS = 1 << 20;
  private static final int MAX_MERGES = 1 << 20;

  /** Token ids are below this. */
  private static final int MAX_ID = 1 << 24;

  /** Characters in a token; the longest published one has 1,024. */
  private static final int MAX_TOKEN = 4_096;

  /**
   * Bytes in a token of a Unigram model. The native code holds its tokens in a tree, one level and
   * one table per byte, and leaves it by recursion.
   */
  private static final int MAX_UNIGRAM_TOKEN = 256;

  /** The longest word that WordPiece splits: it tries all its parts. Published: 100 to 200. */
  private static final int MAX_WORD = 256;

  // Bytes of native memory at the peak of reading a file, measured with files of 60,000 to 500,000
  // entries: per token, per merge, per side of a merge in the newer spelling, per byte of either,
  // and per node of a Unigram model's tree.
  private static final int PER_TOKEN = 260;
  private static final int PER_MERGE = 170;
  private static final int PER_SIDE = 180;
  private static final int PER_BYTE = 6;
  private static final int TRIE_NODE = 350;

  private static final Set<String> TYPES = Set.of("BPE", "Unigram", "WordLevel", "WordPiece");

  /** Keys that the native code reads and that need no look here. */
  private static final Set<String> READ =
      Set.of("byte_fallback", "end_of_word_suffix", "fuse_unk", "ignore_merges", "unk_id");

  private final TokenizerJson json;
  private final List<String> unread = new ArrayList<>();
  private final Map<String, Integer> ids = new HashMap<>();
  private final Set<String> keys = new HashSet<>();
  private @Nullable String type;
  private boolean hasMerges;
  private boolean hasPrefix;
  private boolean unigram;
  private boolean plainUnknown = true;
  private int merges;
  private int longestToken;
  private long bytes;
  private int sides;
  private int vocabularySize;

  ModelPart(TokenizerJson json) {
    this.json = json;
  }

  /** The ids by text. */
  Map<String, Integer> ids() {
    return ids;
  }

  /** One more than the largest id. */
  int vocabularySize() {
    return vocabularySize;
  }

  /** UTF-8 bytes of the longest token. */
  int longestToken() {
    return longestToken;
  }

  /** Whether each byte of a normalized text is in a token that has it: no word is "unknown". */
  boolean coversBytes() {
    return hasMerges && plainUnknown;
  }

  /** The bytes that the native code takes for this at its peak. */
  long memory() {
    long trie = unigram ? TRIE_NODE * trieNodes() : 0;
    return (long) PER_TOKEN * ids.size()
        + (long) PER_MERGE * merges
        + (long) PER_SIDE * sides
        + PER_BYTE * bytes
        + trie;
  }

  /** The nodes of the tree of all tokens, a level per byte. */
  private long trieNodes() {
    String[] sorted = ids.keySet().toArray(String[]::new);
    Arrays.sort(sorted);
    long nodes = 0;
    String last = "";
    for (String token : sorted) {
      int same = Arrays.mismatch(last.toCharArray(), token.toCharArray());
      nodes += same < 0 ? 0 : Unicode.bytes(token.substring(same));
      last = token;
    }
    return nodes;
  }

  /** Keys that the native code skips. */
  List<String> unread() {
    return unread;
  }

  void read(JsonParser parser) throws IOException {
    TokenizerJson.expect(parser, parser.currentToken(), JsonToken.START_OBJECT, "\"model\"");
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      if (!keys.add(key)) {
        throw TokenizerJson.bad("The model's \"" + key + "\"", "is given twice");
      }
      switch (key) {
        case "type" -> {
          TokenizerJson.expect(parser, value, JsonToken.VALUE_STRING, "The model's type");
          type = parser.getText();
        }
        case "vocab" -> readVocabulary(parser);
        case "merges" -> readMerges(parser);
        case "continuing_subword_prefix" -> {
          hasPrefix = value != JsonToken.VALUE_NULL && !parser.getValueAsString("?").isEmpty();
          json.skip(parser, "The model's " + key);
        }
        case "unk_token" -> {
          plainUnknown = value == JsonToken.VALUE_NULL || parser.getValueAsString("?").isEmpty();
          json.skip(parser, "The model's " + key);
        }
        case "dropout" -> {
          if (value != JsonToken.VALUE_NULL && parser.getValueAsDouble(1) != 0) {
            throw TokenizerJson.bad(
                "The model's \"dropout\"", "is set: it would split a text differently every time");
          }
          json.skip(parser, "The model's " + key);
        }
        case "max_input_chars_per_word" -> {
          if (value != JsonToken.VALUE_NUMBER_INT
              || parser.getLongValue() < 0
              || parser.getLongValue() > MAX_WORD) {
            throw TokenizerJson.bad(
                "The model's \"" + key + "\"",
                "is " + parser.getText() + "; expected 0 to " + MAX_WORD);
          }
        }
        default -> {
          if (!READ.contains(key)) {
            unread.add(key);
          }
          json.skip(parser, "The model's \"" + key + "\"");
        }
      }
    }
    if (type != null && !TYPES.contains(type)) {
      throw TokenizerJson.bad("The model's type", "is \"" + type + "\"; expected one of " + TYPES);
    }
    if (hasMerges && hasPrefix) {
      throw TokenizerJson.bad(
          "The model's \"continuing_subword_prefix\"", "is not supported beside merges");
    }
  }

  /**
   * Counts the merges. Checks that each is one string or two, because the native code would keep
   * anything else.
   */
  private void readMerges(JsonParser parser) throws IOException {
    hasMerges = true;
    TokenizerJson.expect(
        parser, parser.currentToken(), JsonToken.START_ARRAY, "The list of merges");
    for (; parser.nextToken() != JsonToken.END_ARRAY; merges++) {
      if (merges == MAX_MERGES) {
        throw TokenizerJson.bad("The model", "has more than " + MAX_MERGES + " merges");
      }
      if (parser.currentToken() == JsonToken.START_ARRAY) {
        side(parser, "The left side of a merge");
        side(parser, "The right side of a merge");
        sides += 2;
        TokenizerJson.expect(
            parser, parser.nextToken(), JsonToken.END_ARRAY, "What follows a merge's two sides");
      } else {
        TokenizerJson.expect(parser, parser.currentToken(), JsonToken.VALUE_STRING, "A merge");
        bytes += parser.getTextLength();
      }
    }
  }

  private void side(JsonParser parser, String what) throws IOException {
    TokenizerJson.expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, what);
    bytes += parser.getTextLength();
  }

  private void readVocabulary(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.START_ARRAY) {
      unigram = true;
      readUnigram(parser);
      return;
    }
    TokenizerJson.expect(parser, parser.currentToken(), JsonToken.START_OBJECT, "The vocabulary");
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String text = parser.currentName();
      TokenizerJson.expect(
          parser, parser.nextToken(), JsonToken.VALUE_NUMBER_INT, "The id of a token");
      long id = parser.getLongValue();
      if (id < 0 || id >= MAX_ID) {
        throw TokenizerJson.bad(
            "The id of token \"" + text + "\"", "is " + id + "; expected 0 to " + (MAX_ID - 1));
      }
      put(text, (int) id);
    }
  }

  private void readUnigram(JsonParser parser) throws IOException {
    for (int id = 0; parser.nextToken() != JsonToken.END_ARRAY; id++) {
      String entry = "Entry " + id + " of the vocabulary";
      TokenizerJson.expect(parser, parser.currentToken(), JsonToken.START_ARRAY, entry);
      TokenizerJson.expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, "Token " + id);
      String text = parser.getText();
      JsonToken score = parser.nextToken();
      if (score == null || !score.isNumeric() || !(Math.abs(parser.getDoubleValue()) <= 1e30)) {
        throw TokenizerJson.bad("The score of token " + id, "is no usable number");
      }
      TokenizerJson.expect(parser, parser.nextToken(), JsonToken.END_ARRAY, entry);
      put(text, id);
    }
  }

  private void put(String text, int id) {
    long bytes = Unicode.bytes(text);
    if (text.length() > MAX_TOKEN || unigram && bytes > MAX_UNIGRAM_TOKEN) {
      throw TokenizerJson.bad(
          "Token " + id,
          "has "
              + (unigram
                  ? bytes + " bytes; expected at most " + MAX_UNIGRAM_TOKEN
                  : text.length() + " characters; expected at most " + MAX_TOKEN));
    }
    ids.put(text, id);
    if (ids.size() > MAX_TOKENS) {
      throw TokenizerJson.bad("The vocabulary", "has more than " + MAX_TOKENS + " tokens");
    }
    this.bytes += bytes;
    longestToken = Math.max(longestToken, (int) bytes);
    vocabularySize = Math.max(vocabularySize, id + 1);
  }
}
