package dev.fresnel.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.file.Json;
import java.util.Map;
import java.util.Set;

/**
 * Checks the four pipelines of a tokenizer.json: normalizer, pre-tokenizer, post-processor,
 * decoder. The native code aborts the process on, for example, a template that refers to a second
 * text, or a regular expression that backtracks for too long. Replacements could also make a text
 * grow without bound.
 */
final class TokenizerParts {
  /** Parts in all four pipelines together. */
  private static final int MAX_PARTS = 64;

  /** How many times as long replacements may make a text. */
  private static final int MAX_GROWTH = 64;

  /** Characters in a string of a part. */
  private static final int MAX_STRING = 4_096;

  private static final Map<String, Set<String>> KNOWN =
      Map.of(
          "normalizer",
          Set.of(
              "BertNormalizer",
              "ByteLevel",
              "Lowercase",
              "NFC",
              "NFD",
              "NFKC",
              "NFKD",
              "Nmt",
              "Prepend",
              "Replace",
              "Sequence",
              "Strip",
              "StripAccents"),
          "pre_tokenizer",
          Set.of(
              "BertPreTokenizer",
              "ByteLevel",
              "CharDelimiterSplit",
              "Digits",
              "Metaspace",
              "Punctuation",
              "Sequence",
              "Split",
              "UnicodeScripts",
              "Whitespace",
              "WhitespaceSplit"),
          "post_processor",
          Set.of(
              "BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence", "TemplateProcessing"),
          "decoder",
          Set.of(
              "BPEDecoder",
              "ByteFallback",
              "ByteLevel",
              "CTC",
              "Fuse",
              "Metaspace",
              "Replace",
              "Sequence",
              "Strip",
              "WordPiece"));

  /** Normalizers that may reduce a text without visible ASCII characters to the empty string. */
  private static final Set<String> STRIPPING =
      Set.of("BertNormalizer", "Nmt", "Strip", "StripAccents");

  private int parts;
  private long growth = 1;
  private boolean strips;
  private boolean removes;

  /**
   * @throws dev.fresnel.error.FresnelException if the part has an unknown type or is not safe to
   *     run
   */
  void check(String slot, JsonNode part) {
    if (part.isNull()) {
      return;
    }
    String type = part.path("type").asText("");
    if (!KNOWN.getOrDefault(slot, Set.of()).contains(type)) {
      throw TokenizerJson.bad(
          "its " + slot,
          "is "
              + Json.brief(part)
              + "; expected a type of "
              + KNOWN.get(slot).stream().sorted().toList());
    }
    if (++parts > MAX_PARTS) {
      throw TokenizerJson.bad("it", "has more than " + MAX_PARTS + " parts");
    }
    checkStrings(slot, part);
    strips |= slot.equals("normalizer") && STRIPPING.contains(type);
    switch (type) {
      case "Sequence" -> checkSequence(slot, part);
      case "Replace" -> checkReplace(slot, part);
      case "Split" -> checkPattern(slot, part.path("pattern"));
      case "Strip" -> checkStrip(slot, part);
      case "TemplateProcessing" -> checkTemplate(part);
      default -> {}
    }
  }

  /**
   * Whether normalizing may reduce a text to the empty string, which the native code cannot search
   * for.
   */
  boolean mayErase(String text) {
    return removes || strips && text.chars().noneMatch(c -> c > ' ' && c < 127);
  }

  private static void checkStrings(String slot, JsonNode part) {
    for (JsonNode value : part) {
      if (value.isTextual() && value.textValue().length() > MAX_STRING) {
        throw TokenizerJson.bad(
            "a string in its " + slot, "has more than " + MAX_STRING + " characters");
      }
    }
  }

  private void checkSequence(String slot, JsonNode part) {
    String key =
        switch (slot) {
          case "normalizer" -> "normalizers";
          case "pre_tokenizer" -> "pretokenizers";
          case "post_processor" -> "processors";
          default -> "decoders";
        };
    JsonNode list = part.path(key);
    if (!list.isArray()) {
      throw TokenizerJson.bad("the Sequence in its " + slot, "has no list \"" + key + "\"");
    }
    for (JsonNode inner : list) {
      check(slot, inner);
    }
  }

  private void checkReplace(String slot, JsonNode part) {
    checkPattern(slot, part.path("pattern"));
    String content = part.path("content").asText("");
    removes |= slot.equals("normalizer") && content.isEmpty();
    growth *= Math.max(1, content.length());
    if (growth > MAX_GROWTH) {
      throw TokenizerJson.bad(
          "its replacements", "make a text more than " + MAX_GROWTH + " times as long");
    }
  }

  private static void checkPattern(String slot, JsonNode pattern) {
    JsonNode regex = pattern.path("Regex");
    if (regex.isTextual()) {
      String problem = RegexCheck.problem(regex.textValue());
      if (problem == null
          && slot.equals("normalizer")
          && RegexCheck.matchesNothing(regex.textValue())) {
        problem = "can match nothing, which is then replaced everywhere";
      }
      if (problem != null) {
        throw TokenizerJson.bad("the pattern " + Json.brief(regex) + " in its " + slot, problem);
      }
    } else if (pattern.path("String").asText("").isEmpty()) {
      throw TokenizerJson.bad(
          "a pattern in its " + slot,
          "is "
              + Json.brief(pattern)
              + "; expected a \"Regex\", or a \"String\" that is not empty");
    }
  }

  private static void checkStrip(String slot, JsonNode part) {
    if (slot.equals("decoder") && part.path("stop").asInt(0) != 0) {
      throw TokenizerJson.bad("the Strip in its decoder", "takes characters off the end");
    }
  }

  private static void checkTemplate(JsonNode part) {
    JsonNode special = part.path("special_tokens");
    for (String side : new String[] {"single", "pair"}) {
      for (JsonNode piece : part.path(side)) {
        String token = piece.path("SpecialToken").path("id").asText("");
        String sequence = piece.path("Sequence").path("id").asText("");
        if (!token.isEmpty() && !special.path(token).isObject()) {
          throw TokenizerJson.bad(
              "its template", "names \"" + token + "\" and does not say what it is");
        }
        if (token.isEmpty()
            && !sequence.equals("A")
            && (side.equals("single") || !sequence.equals("B"))) {
          throw TokenizerJson.bad(
              "its template for a " + side + " text", "has the piece " + Json.brief(piece));
        }
      }
    }
    for (JsonNode token : special) {
      if (token.path("ids").size() != token.path("tokens").size()) {
        throw TokenizerJson.bad(
            "its template", "has " + Json.brief(token) + ", with more ids than tokens or fewer");
      }
    }
  }
}
