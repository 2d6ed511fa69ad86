package dev.fresnel.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Json;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Checks the four pipelines of a tokenizer.json: normalizer, pre-tokenizer, post-processor,
 * decoder. The native code aborts the process on, for example, a template that refers to a second
 * text, or a regular expression that backtracks for too long. Replacements could also make a text
 * grow without bound.
 */
final class TokenizerParts {
  /** Parts in all four pipelines together; published tokenizers have at most twelve. */
  private static final int MAX_PARTS = 64;

  /** How many times as many bytes a pipeline may make of a text. */
  private static final int MAX_GROWTH = 128;

  /** Characters in a pattern that is a string. */
  private static final int MAX_STRING = 64;

  /** Pieces of a template, and tokens of one special token in it. */
  private static final int MAX_PIECES = 64;

  /** Normalizers that may reduce a text without visible ASCII characters to the empty string. */
  private static final Set<String> STRIPPING =
      Set.of("BertNormalizer", "Nmt", "Strip", "StripAccents");

  /** Parts that need more than their type to be usual. */
  private static final Set<String> UNUSUAL = Set.of("CTC", "CharDelimiterSplit", "UnicodeScripts");

  private int parts;
  private int processors;
  private long growth = 1;
  private long decodedGrowth = 1;
  private boolean strips;
  private boolean removes;
  private boolean shortens;
  private boolean usual = true;

  /**
   * @throws FresnelException if the part has an unknown type or is not safe to run
   */
  void check(String slot, JsonNode part) {
    if (part.isNull()) {
      return;
    }
    PartSchema schema = PartSchema.of(slot);
    String type = part.path("type").asText("");
    if (!part.isObject() || !schema.has(type)) {
      throw TokenizerJson.bad(
          "its " + slot, "is " + Json.brief(part) + "; expected a type of " + schema.typeNames());
    }
    if (++parts > MAX_PARTS) {
      throw TokenizerJson.bad("it", "has more than " + MAX_PARTS + " parts");
    }
    String problem = schema.problem(type, part);
    if (problem == null && !Unicode.isWellFormed(part.toString())) {
      problem = "has half a surrogate pair";
    }
    if (problem != null) {
      throw TokenizerJson.bad("the " + type + " in its " + slot, problem);
    }
    usual &= isUsual(slot, type, part);
    grow(slot, growth(slot, type, part));
    if (slot.equals("normalizer")) {
      strips |= STRIPPING.contains(type);
      shortens |= !Set.of("Prepend", "ByteLevel", "Sequence", "Replace").contains(type);
    }
    shortens |= "Removed".equals(part.path("behavior").textValue()) || type.startsWith("White");
    switch (type) {
      case "Sequence" -> part.elements().forEachRemaining(inner -> inside(slot, inner));
      case "Replace" -> checkReplace(slot, part);
      case "Split" -> checkPattern(slot, part.path("pattern"));
      case "Strip" -> checkStrip(slot, part);
      case "TemplateProcessing" -> checkTemplate(part);
      case "BertProcessing", "RobertaProcessing" -> oneProcessor();
      default -> {}
    }
  }

  private void inside(String slot, JsonNode list) {
    if (list.isArray()) {
      list.forEach(part -> check(slot, part));
    }
  }

  /**
   * Whether normalizing may reduce a text to the empty string, which the native code cannot search
   * for.
   */
  boolean mayErase(String text) {
    return removes || strips && text.chars().noneMatch(c -> c > ' ' && c < 127);
  }

  /** Whether all parts are those of published tokenizers, with the usual arguments. */
  boolean usual() {
    return usual;
  }

  /** Whether a token's text may stand for more bytes than it has. */
  boolean shortens() {
    return shortens;
  }

  /** How many times as many bytes a text may have after normalizing and splitting. */
  long growth() {
    return growth;
  }

  private static boolean isUsual(String slot, String type, JsonNode part) {
    return switch (type) {
      case "Prepend" -> Set.of("▁", " ").contains(part.path("prepend").textValue());
      case "Replace" -> {
        String from = part.path("pattern").path("String").asText("");
        String to = part.path("content").textValue();
        yield from.equals(" ") && to.equals("▁") || from.equals("▁") && to.equals(" ");
      }
      case "Strip" -> slot.equals("decoder") && part.path("content").textValue().equals(" ");
      case "Split" -> {
        JsonNode pattern = part.path("pattern");
        yield KnownPatterns.contains(pattern.path("Regex").asText(""))
            || pattern.path("String").asText("").equals(" ");
      }
      case "Metaspace" -> part.path("replacement").textValue().equals("▁");
      case "ByteLevel" -> !slot.equals("normalizer");
      default -> !UNUSUAL.contains(type);
    };
  }

  /** The most times that a part makes a text's bytes, in any text. */
  private static long growth(String slot, String type, JsonNode part) {
    if (slot.equals("post_processor")) {
      return 1;
    }
    return switch (type) {
      case "NFKC", "NFKD" -> 11;
      case "NFC", "NFD" -> 3;
      case "BertNormalizer", "Lowercase", "BPEDecoder", "CTC" -> 2;
      case "ByteLevel" -> slot.equals("decoder") ? 3 : 2;
      case "Prepend" -> 1 + bytes(part.path("prepend").textValue());
      case "Replace" -> Math.max(1, bytes(part.path("content").textValue()));
      case "Metaspace" -> 1 + bytes(part.path("replacement").textValue());
      case "WordPiece" -> 2;
      default -> 1;
    };
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private void grow(String slot, long times) {
    if (slot.equals("decoder")) {
      decodedGrowth *= times;
    } else {
      growth *= times;
    }
    if (Math.max(growth, decodedGrowth) > MAX_GROWTH) {
      throw TokenizerJson.bad(
          "its parts", "may make a text more than " + MAX_GROWTH + " times as long");
    }
  }

  private void checkReplace(String slot, JsonNode part) {
    checkPattern(slot, part.path("pattern"));
    JsonNode regex = part.path("pattern").path("Regex");
    if (regex.isTextual() && RegexCheck.matchesNothing(regex.textValue())) {
      throw TokenizerJson.bad(
          "the pattern " + Json.brief(regex) + " in its " + slot,
          "can match nothing, which is then replaced everywhere");
    }
    if (slot.equals("normalizer")) {
      removes |= part.path("content").textValue().isEmpty();
      shortens |= !isUsual(slot, "Replace", part);
    }
  }

  private static void checkPattern(String slot, JsonNode pattern) {
    JsonNode regex = pattern.path("Regex");
    String text = pattern.path("String").asText("");
    if (regex.isTextual()) {
      String problem =
          KnownPatterns.contains(regex.textValue()) ? null : RegexCheck.problem(regex.textValue());
      if (problem != null) {
        throw TokenizerJson.bad("the pattern " + Json.brief(regex) + " in its " + slot, problem);
      }
    } else if (text.isEmpty() || text.length() > MAX_STRING) {
      throw TokenizerJson.bad(
          "a pattern in its " + slot,
          "is "
              + Json.brief(pattern)
              + "; expected a \"Regex\", or a \"String\" of 1 to "
              + MAX_STRING
              + " characters");
    }
  }

  private static void checkStrip(String slot, JsonNode part) {
    if (slot.equals("decoder") && part.path("stop").intValue() != 0) {
      throw TokenizerJson.bad("the Strip in its decoder", "takes characters off the end");
    }
  }

  private void oneProcessor() {
    if (++processors > 1) {
      throw TokenizerJson.bad("its post_processor", "has two parts that each add tokens");
    }
  }

  private void checkTemplate(JsonNode part) {
    oneProcessor();
    JsonNode special = part.path("special_tokens");
    for (String side : new String[] {"single", "pair"}) {
      int texts = 0;
      for (JsonNode piece : part.path(side)) {
        texts += isText(side, piece, special) ? 1 : 0;
      }
      if (side.equals("single") && texts != 1 || texts > 2 || part.path(side).size() > MAX_PIECES) {
        throw TokenizerJson.bad(
            "its template for a " + side + " text",
            "has "
                + texts
                + " places for a text and "
                + part.path(side).size()
                + " pieces; expected one place and at most "
                + MAX_PIECES
                + " pieces");
      }
    }
    for (JsonNode token : special) {
      checkSpecial(token);
    }
  }

  private static boolean isText(String side, JsonNode piece, JsonNode special) {
    JsonNode body = piece.elements().hasNext() ? piece.elements().next() : piece;
    String id = body.path("id").asText("");
    boolean wellFormed =
        piece.isObject()
            && piece.size() == 1
            && body.size() == 2
            && PartSchema.isId(body.path("type_id"));
    if (wellFormed && piece.has("SpecialToken")) {
      if (!special.path(id).isObject()) {
        throw TokenizerJson.bad("its template", "names \"" + id + "\" and does not say what it is");
      }
      return false;
    }
    if (!wellFormed
        || !piece.has("Sequence")
        || !id.equals("A") && (side.equals("single") || !id.equals("B"))) {
      throw TokenizerJson.bad(
          "its template for a " + side + " text", "has the piece " + Json.brief(piece));
    }
    return true;
  }

  private static void checkSpecial(JsonNode token) {
    JsonNode ids = token.path("ids");
    JsonNode tokens = token.path("tokens");
    boolean fits =
        ids.isArray()
            && tokens.isArray()
            && ids.size() == tokens.size()
            && ids.size() <= MAX_PIECES;
    for (int i = 0; fits && i < ids.size(); i++) {
      fits = PartSchema.isId(ids.get(i)) && tokens.get(i).isTextual();
    }
    if (!fits || !token.path("id").isTextual()) {
      throw TokenizerJson.bad(
          "its template",
          "has "
              + Json.brief(token)
              + "; expected an id, and as many ids as tokens, at most "
              + MAX_PIECES);
    }
  }
}
