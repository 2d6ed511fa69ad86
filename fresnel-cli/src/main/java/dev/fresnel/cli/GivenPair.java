package dev.fresnel.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.analysis.patch.PromptPair;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Json;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A pair of texts as given, by options or by a line of a file: each text or token as text or as
 * ids.
 *
 * @param where what names the pair in an error; empty for the options
 */
record GivenPair(
    String where,
    @Nullable String clean,
    int @Nullable [] cleanIds,
    @Nullable String corrupted,
    int @Nullable [] corruptedIds,
    @Nullable String answer,
    @Nullable Integer answerId,
    @Nullable String wrong,
    @Nullable Integer wrongId) {
  /** Each part of a pair, as text and as ids; a line has one of them. */
  private static final List<List<String>> PARTS =
      List.of(
          List.of("clean", "clean_tokens"),
          List.of("corrupted", "corrupted_tokens"),
          List.of("answer", "answer_token"),
          List.of("wrong", "wrong_token"));

  private static final Set<String> FIELDS =
      PARTS.stream().flatMap(List::stream).collect(Collectors.toSet());

  /**
   * The pairs of a file, a JSON object a line.
   *
   * @throws FresnelException if the file cannot be read, or a line is no pair
   */
  static List<GivenPair> read(Path file, Console console) {
    var pairs = new ArrayList<GivenPair>();
    int number = 0;
    for (String line : TextFile.contents(file, console).split("\n", -1)) {
      number++;
      if (!line.isBlank()) {
        pairs.add(parsed(line, GivenText.line(file, number)));
      }
    }
    if (pairs.isEmpty()) {
      throw new FresnelException(file + " has no pairs; write one JSON object a line");
    }
    noteEmpty(pairs, console);
    return pairs;
  }

  /** Says which texts are empty: they are read as the BOS token alone. */
  static void noteEmpty(List<GivenPair> pairs, Console console) {
    for (GivenPair pair : pairs) {
      if ("".equals(pair.clean) || "".equals(pair.corrupted)) {
        console.note(
            (pair.where.isEmpty() ? "A text" : "A text of " + pair.where)
                + " is empty: reading the BOS token alone.");
      }
    }
  }

  private static GivenPair parsed(String line, String where) {
    JsonNode json;
    try {
      json = Json.tree(line.getBytes(StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new FresnelException(where + " " + Json.problemInLine(e), e);
    }
    if (!json.isObject()) {
      throw new FresnelException(
          where + " is no JSON object; write {\"clean\": …, \"corrupted\": …}");
    }
    for (var field : json.properties()) {
      if (!FIELDS.contains(field.getKey())) {
        throw new FresnelException(
            "%s has a field '%s'; the fields are %s"
                .formatted(
                    where,
                    field.getKey(),
                    FIELDS.stream().sorted().collect(Collectors.joining(", "))));
      }
    }
    for (List<String> part : PARTS) {
      if (part.stream().allMatch(json::has)) {
        throw new FresnelException(
            "%s has both %s, which say the same; leave out one of them"
                .formatted(where, String.join(" and ", part)));
      }
    }
    return new GivenPair(
        where,
        text(json, "clean", where),
        ids(json, "clean_tokens", where),
        text(json, "corrupted", where),
        ids(json, "corrupted_tokens", where),
        text(json, "answer", where),
        id(json, "answer_token", where),
        text(json, "wrong", where),
        id(json, "wrong_token", where));
  }

  private static @Nullable String text(JsonNode json, String field, String where) {
    if (!json.has(field)) {
      return null;
    }
    if (!json.get(field).isTextual()) {
      throw wrong(where, field, "a text", json);
    }
    return json.get(field).asText();
  }

  private static @Nullable Integer id(JsonNode json, String field, String where) {
    if (!json.has(field)) {
      return null;
    }
    if (!isId(json.get(field))) {
      throw wrong(where, field, "a token id, a whole number from 0 on", json);
    }
    return json.get(field).intValue();
  }

  private static int @Nullable [] ids(JsonNode json, String field, String where) {
    if (!json.has(field)) {
      return null;
    }
    if (!json.get(field).isArray()) {
      throw wrong(where, field, "an array of token ids", json);
    }
    var ids = new ArrayList<Integer>();
    for (JsonNode id : json.get(field)) {
      if (!isId(id)) {
        throw wrong(where, field, "an array of token ids", json);
      }
      ids.add(id.intValue());
    }
    if (ids.isEmpty()) {
      throw wrong(where, field, "an array of token ids", json);
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  private static boolean isId(JsonNode json) {
    return json.isIntegralNumber() && json.canConvertToInt() && json.intValue() >= 0;
  }

  private static FresnelException wrong(
      String where, String field, String expected, JsonNode json) {
    return new FresnelException(
        "%s: %s must be %s, is %s".formatted(where, field, expected, json.get(field)));
  }

  /**
   * @throws FresnelException if there is no answer, or no wrong token, where a measure compares
   *     with one
   */
  void requireAnswers(boolean answers, boolean wrongs) {
    if (answers && answer == null && answerId == null) {
      throw new FresnelException(
          where + " has no answer; add answer or answer_token, or take --metric kl");
    }
    if (wrongs && wrong == null && wrongId == null) {
      throw new FresnelException(
          where
              + " has no wrong token, which the logit difference compares with; add wrong or"
              + " wrong_token, or take --metric log-prob");
    }
  }

  /** What names a field in an error: as an option, or as in a line of a file. */
  private String name(String field) {
    return where.isEmpty() ? "--" + field : field;
  }

  /** The pair in the model's tokens. */
  PromptPair pair(Transformer model) {
    return GivenText.named(
        where,
        () -> {
          var pair =
              new PromptPair(
                  tokens(model, clean, cleanIds, "clean"),
                  tokens(model, corrupted, corruptedIds, "corrupted"),
                  AnswerOptions.id(model, name("answer"), answer, answerId),
                  AnswerOptions.id(model, name("wrong"), wrong, wrongId));
          if (pair.firstDifference() == pair.length()) {
            throw new FresnelException(
                "the clean and the corrupted text have the same tokens, so no patch changes"
                    + " anything; give a corrupted text that leads to another answer");
          }
          return pair;
        });
  }

  /** The clean text alone, with its answers. */
  PromptPair cleanAlone(Transformer model) {
    return GivenText.named(
        where,
        () -> {
          var text = tokens(model, clean, cleanIds, "clean");
          return new PromptPair(
              text,
              text,
              AnswerOptions.id(model, name("answer"), answer, answerId),
              AnswerOptions.id(model, name("wrong"), wrong, wrongId));
        });
  }

  private static Tokens tokens(
      Transformer model, @Nullable String text, int @Nullable [] ids, String what) {
    if (ids != null) {
      return GivenText.readable(model, TextOptions.labelled(model, Tokens.of(ids)));
    }
    if (text == null) {
      throw new FresnelException("a pair needs " + what + " or " + what + "_tokens");
    }
    model.requireTokenizer("give token ids, as in --clean-tokens 1,2,3");
    return GivenText.readable(model, model.tokens(text));
  }
}
