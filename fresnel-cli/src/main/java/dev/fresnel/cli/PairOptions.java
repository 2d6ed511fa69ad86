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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that give pairs of a clean and a corrupted text with their answers. */
final class PairOptions {
  private static final Set<String> FIELDS =
      Set.of(
          "clean",
          "corrupted",
          "answer",
          "wrong",
          "clean_tokens",
          "corrupted_tokens",
          "answer_token",
          "wrong_token");

  @Option(names = "--clean", paramLabel = "T", description = "The text that gives the answer.")
  private @Nullable String clean;

  @Option(
      names = "--corrupted",
      paramLabel = "T",
      description = "The text that gives another answer, of as many tokens.")
  private @Nullable String corrupted;

  @Option(
      names = "--clean-tokens",
      paramLabel = "1,2,3",
      converter = Converters.TokenIdsConverter.class,
      description = "Token ids in place of --clean.")
  private Converters.@Nullable TokenIds cleanTokens;

  @Option(
      names = "--corrupted-tokens",
      paramLabel = "1,2,3",
      converter = Converters.TokenIdsConverter.class,
      description = "Token ids in place of --corrupted.")
  private Converters.@Nullable TokenIds corruptedTokens;

  @Option(
      names = "--answer",
      paramLabel = "T",
      description = "The clean text's next token, with its leading space: \" Mary\".")
  private @Nullable String answer;

  @Option(
      names = "--answer-token",
      paramLabel = "N",
      converter = Converters.TokenConverter.class,
      description = "Its id, in place of --answer.")
  private @Nullable Integer answerToken;

  @Option(
      names = "--wrong",
      paramLabel = "T",
      description = "The corrupted text's next token, for --metric logit-diff.")
  private @Nullable String wrong;

  @Option(
      names = "--wrong-token",
      paramLabel = "N",
      converter = Converters.TokenConverter.class,
      description = "Its id, in place of --wrong.")
  private @Nullable Integer wrongToken;

  @Option(
      names = "--pairs",
      paramLabel = "FILE",
      description = {
        "Many pairs, a JSON object a line: {\"clean\": …, \"corrupted\": …, \"answer\": …,"
            + " \"wrong\": …}, or clean_tokens, corrupted_tokens, answer_token, wrong_token."
      })
  private @Nullable Path file;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  private List<Given> given = List.of();

  /**
   * One pair as given: each text or token as text or as ids.
   *
   * @param where what names the pair in an error; empty for the options
   */
  private record Given(
      String where,
      @Nullable String clean,
      int @Nullable [] cleanIds,
      @Nullable String corrupted,
      int @Nullable [] corruptedIds,
      @Nullable String answer,
      @Nullable Integer answerId,
      @Nullable String wrong,
      @Nullable Integer wrongId) {}

  /** Refuses these options beside {@code --saved}. */
  void requireNone() {
    if (file != null || anyOfOnePair()) {
      throw misused("--saved shows saved results; leave out the texts and answers");
    }
  }

  private boolean anyOfOnePair() {
    return clean != null
        || corrupted != null
        || cleanTokens != null
        || corruptedTokens != null
        || answer != null
        || answerToken != null
        || wrong != null
        || wrongToken != null;
  }

  /**
   * Checks what can be checked without a model, and reads the file.
   *
   * @param needsAnswer whether the metric compares with an answer
   * @param needsWrong whether it compares with a wrong token
   */
  void prepare(boolean needsAnswer, boolean needsWrong, Console console) {
    if (file != null) {
      if (anyOfOnePair()) {
        throw misused("--pairs holds the texts and answers; leave out the options of one pair");
      }
      given = read(file, console);
      return;
    }
    requireOne("--clean", clean, "--clean-tokens", cleanTokens, true);
    requireOne("--corrupted", corrupted, "--corrupted-tokens", corruptedTokens, true);
    requireOne("--answer", answer, "--answer-token", answerToken, needsAnswer);
    requireOne("--wrong", wrong, "--wrong-token", wrongToken, needsWrong);
    if (!needsWrong && (wrong != null || wrongToken != null)) {
      throw misused("--wrong is for --metric logit-diff only; leave it out");
    }
    given =
        List.of(
            new Given(
                "",
                clean,
                cleanTokens == null ? null : cleanTokens.ids(),
                corrupted,
                corruptedTokens == null ? null : corruptedTokens.ids(),
                answer,
                answerToken,
                wrong,
                wrongToken));
  }

  private void requireOne(
      String name, @Nullable Object text, String idsName, @Nullable Object ids, boolean needed) {
    if (text != null && ids != null) {
      throw misused(name + " and " + idsName + " say the same; give one of them");
    }
    if (needed && text == null && ids == null) {
      throw misused(
          "%s is missing; give it, or %s, or many pairs with --pairs FILE"
              .formatted(name, idsName));
    }
  }

  private ParameterException misused(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private static List<Given> read(Path file, Console console) {
    var pairs = new ArrayList<Given>();
    int number = 0;
    for (String line : TextFile.contents(file, console).split("\n", -1)) {
      number++;
      if (!line.isBlank()) {
        pairs.add(parsed(line, file + ", line " + number));
      }
    }
    if (pairs.isEmpty()) {
      throw new FresnelException(file + " has no pairs; write one JSON object a line");
    }
    return pairs;
  }

  private static Given parsed(String line, String where) {
    JsonNode json;
    try {
      json = Json.tree(line.getBytes(StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new FresnelException(where + " is no JSON object: " + Json.problem(e), e);
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
    return new Given(
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

  /** The pairs in the model's tokens. */
  List<PromptPair> pairs(Transformer model) {
    return given.stream().map(one -> pair(model, one)).toList();
  }

  private static PromptPair pair(Transformer model, Given one) {
    try {
      return new PromptPair(
          tokens(model, one.clean(), one.cleanIds(), "clean"),
          tokens(model, one.corrupted(), one.corruptedIds(), "corrupted"),
          id(model, one.answer(), one.answerId()),
          id(model, one.wrong(), one.wrongId()));
    } catch (FresnelException e) {
      throw one.where().isEmpty() ? e : new FresnelException(one.where() + ": " + e.getMessage());
    }
  }

  private static Tokens tokens(
      Transformer model, @Nullable String text, int @Nullable [] ids, String what) {
    if (ids != null) {
      return TextOptions.labelled(model, Tokens.of(ids));
    }
    if (text == null) {
      throw new FresnelException("a pair needs " + what + " or " + what + "_tokens");
    }
    requireTokenizer(model);
    return model.tokens(text);
  }

  /** The id of a token that is given as text or as its id; {@link PromptPair#NONE} for none. */
  static int id(Transformer model, @Nullable String text, @Nullable Integer id) {
    if (text == null) {
      return id == null ? PromptPair.NONE : id;
    }
    model.requireTokenizer("give the token's id");
    return model.tokenizer().orElseThrow().singleContinuation(text);
  }

  private static void requireTokenizer(Transformer model) {
    model.requireTokenizer("give token ids, as in --clean-tokens 1,2,3");
  }
}
