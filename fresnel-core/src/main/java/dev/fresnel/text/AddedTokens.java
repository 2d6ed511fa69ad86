package dev.fresnel.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.file.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The {@code added_tokens} of a tokenizer.json, which the native code finds in a text before
 * anything else.
 */
final class AddedTokens {
  /**
   * Entries. The native code compares each with all others. Published: 6,400 (Gemma 3), and 2,000
   * in many fine-tuned models.
   */
  private static final int MAX_ENTRIES = 10_000;

  /** Characters in one of them. */
  private static final int MAX_LENGTH = 1_000;

  /**
   * UTF-8 bytes of all, after normalizing. The native code takes up to a kilobyte for each. Gemma 3
   * has 80,000.
   */
  private static final long MAX_BYTES = 160_000;

  private final List<String> texts = new ArrayList<>();
  private final List<String> normalized = new ArrayList<>();
  private long bytes;
  private long normalizedBytes;
  private int longest;
  private boolean stripsRight;
  private boolean strips;

  /** Whether one that takes the spaces before it may itself be nothing but spaces. */
  private boolean blankStripsLeft;

  private boolean normalizedStripsLeft;

  /**
   * @throws dev.fresnel.error.FresnelException if this is no added token, or one too many
   */
  void add(JsonNode token) {
    JsonNode text = token.path("content");
    if (!text.isTextual() || text.textValue().length() > MAX_LENGTH) {
      throw TokenizerJson.bad(
          "The \"content\" of added token " + texts.size(),
          "is "
              + Json.brief(text)
              + "; expected a string of at most "
              + MAX_LENGTH
              + " characters");
    }
    if (texts.size() == MAX_ENTRIES) {
      throw TokenizerJson.bad("\"added_tokens\"", "has more than " + MAX_ENTRIES + " entries");
    }
    String content = text.textValue();
    texts.add(content);
    boolean isNormalized =
        !token.path("normalized").isBoolean() || token.path("normalized").booleanValue();
    if (isNormalized) {
      normalized.add(content);
      normalizedBytes += Unicode.bytes(content);
    } else {
      bytes += Unicode.bytes(content);
    }
    longest = Math.max(longest, (int) Unicode.bytes(content));
    strips |= token.path("lstrip").asBoolean() || token.path("rstrip").asBoolean();
    stripsRight |= token.path("rstrip").asBoolean();
    if (token.path("lstrip").asBoolean()) {
      blankStripsLeft |= content.chars().noneMatch(c -> c > ' ' && c < 127);
      normalizedStripsLeft |= isNormalized;
    }
  }

  List<String> texts() {
    return texts;
  }

  /** UTF-8 bytes of the longest. */
  int longest() {
    return longest;
  }

  /** Whether one takes spaces around it, so that its text may stand for more bytes than it has. */
  boolean strips() {
    return strips;
  }

  void requireFit(TokenizerParts parts) {
    for (String text : normalized) {
      if (parts.mayErase(text)) {
        throw TokenizerJson.bad(
            "Of the added token \"" + text + "\"", "the normalizer may leave nothing");
      }
    }
    long all = bytes + normalizedBytes * parts.growth();
    if (all > MAX_BYTES) {
      throw TokenizerJson.bad(
          "\"added_tokens\"",
          "has " + all + " bytes of text once normalized; expected at most " + MAX_BYTES);
    }
    // The native code may find the second inside the spaces that the first took, and then fails.
    if (stripsRight && (blankStripsLeft || normalizedStripsLeft && !parts.usual())) {
      throw TokenizerJson.bad(
          "Of the added tokens",
          "one takes the spaces behind it, and another may be spaces and takes those before it");
    }
  }

  /**
   * Assigns ids as the native code does: the id in the vocabulary, or else the next free one. It
   * ignores the id written in the file.
   *
   * @param ids the vocabulary, to which they are added
   */
  void assign(Map<String, Integer> ids) {
    int modelSize = ids.size();
    int last = -1;
    for (String text : texts) {
      if (!text.isEmpty()) {
        int id = ids.getOrDefault(text, Math.max(modelSize, last + 1));
        last = Math.max(last, id);
        ids.put(text, id);
      }
    }
  }
}
