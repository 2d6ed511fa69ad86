package dev.fresnel.cli;

import dev.fresnel.analysis.patch.PromptPair;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that give pairs of a clean and a corrupted text with their answers. */
final class PairOptions {
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

  @Mixin private final AnswerOptions answers = new AnswerOptions();

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

  private List<GivenPair> given = List.of();

  private boolean anyOfOnePair() {
    return clean != null
        || corrupted != null
        || cleanTokens != null
        || corruptedTokens != null
        || answers.given();
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
      given = GivenPair.read(file, console);
      given.forEach(pair -> pair.requireAnswers(needsAnswer, needsWrong));
      return;
    }
    requireOne("--clean", clean, "--clean-tokens", cleanTokens);
    requireOne("--corrupted", corrupted, "--corrupted-tokens", corruptedTokens);
    answers.requireOnce();
    if (!needsWrong && answers.compared()) {
      throw misused("--wrong is for --metric logit-diff only; leave it out");
    }
    if (!needsAnswer && answers.answered()) {
      console.note("--answer changes nothing here: --metric kl compares all tokens.");
    }
    if (needsAnswer && !answers.answered()) {
      throw missing("--answer", "--answer-token");
    }
    if (needsWrong && !answers.compared()) {
      throw missing("--wrong", "--wrong-token");
    }
    given =
        List.of(
            answers.with(
                clean,
                cleanTokens == null ? null : cleanTokens.ids(),
                corrupted,
                corruptedTokens == null ? null : corruptedTokens.ids()));
    GivenPair.noteEmpty(given, console);
  }

  private void requireOne(
      String name, @Nullable Object text, String idsName, @Nullable Object ids) {
    if (text != null && ids != null) {
      throw misused(name + " and " + idsName + " say the same; give one of them");
    }
    if (text == null && ids == null) {
      throw missing(name, idsName);
    }
  }

  private ParameterException missing(String name, String idsName) {
    return misused(
        "%s is missing; give it, or %s, or many pairs with --pairs FILE".formatted(name, idsName));
  }

  private ParameterException misused(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** The pairs in the model's tokens. */
  List<PromptPair> pairs(Transformer model) {
    return given.stream().map(one -> one.pair(model)).toList();
  }

  /**
   * Those of one number of tokens each, as cells that are positions need.
   *
   * @throws FresnelException if two have different numbers; the message names their lines
   */
  List<PromptPair> pairsOfOneLength(Transformer model) {
    var pairs = pairs(model);
    int length = pairs.get(0).length();
    for (int i = 1; i < pairs.size(); i++) {
      if (pairs.get(i).length() != length) {
        throw new FresnelException(
            "positions are compared in pairs of one number of tokens, but %s has %d, and %s has %d; give pairs of one length, or patch heads with --by head"
                .formatted(
                    given.get(0).where(), length, given.get(i).where(), pairs.get(i).length()));
      }
    }
    return pairs;
  }

  /** The number of tokens of the longest text. */
  static int longest(List<PromptPair> pairs) {
    return pairs.stream().mapToInt(PromptPair::length).max().orElseThrow();
  }
}
