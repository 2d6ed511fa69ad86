package dev.fresnel.cli;

import dev.fresnel.analysis.patch.PromptPair;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that give a text's next token, and another to compare it with. */
final class AnswerOptions {
  @Option(
      names = "--answer",
      paramLabel = "T",
      converter = SamplingOptions.SomeText.class,
      description = "The text's next token, with its leading space: \" Mary\".")
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
      converter = SamplingOptions.SomeText.class,
      description =
          "A token to compare it with, for the logit difference: logit(answer) - logit(wrong).")
  private @Nullable String wrong;

  @Option(
      names = "--wrong-token",
      paramLabel = "N",
      converter = Converters.TokenConverter.class,
      description = "Its id, in place of --wrong.")
  private @Nullable Integer wrongToken;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  /** Whether any of these options is given. */
  boolean given() {
    return answered() || compared();
  }

  /** Whether there is an answer. */
  boolean answered() {
    return answer != null || answerToken != null;
  }

  /** Whether there is a token to compare it with. */
  boolean compared() {
    return wrong != null || wrongToken != null;
  }

  /** Refuses a token that is given as text and as its id. */
  void requireOnce() {
    requireOnce("--answer", answer != null && answerToken != null);
    requireOnce("--wrong", wrong != null && wrongToken != null);
  }

  private void requireOnce(String name, boolean twice) {
    if (twice) {
      throw new ParameterException(
          spec.commandLine(),
          "%s and %s-token say the same; give one of them".formatted(name, name));
    }
  }

  /** The pair of texts with these answers. */
  GivenPair with(
      @Nullable String clean,
      int @Nullable [] cleanIds,
      @Nullable String corrupted,
      int @Nullable [] corruptedIds) {
    return new GivenPair(
        "", clean, cleanIds, corrupted, corruptedIds, answer, answerToken, wrong, wrongToken);
  }

  int answer(Transformer model) {
    return id(model, "--answer", answer, answerToken);
  }

  int wrong(Transformer model) {
    return id(model, "--wrong", wrong, wrongToken);
  }

  /**
   * The id of a token that is given as text or as its id; {@link PromptPair#NONE} for none.
   *
   * @param name what names the text in an error
   */
  static int id(Transformer model, String name, @Nullable String text, @Nullable Integer id) {
    if (text == null) {
      return id == null ? PromptPair.NONE : predicted(model, id);
    }
    model.requireTokenizer("give its id with --answer-token or --wrong-token");
    return GivenText.named(name, () -> model.tokenizer().orElseThrow().singleContinuation(text));
  }

  private static int predicted(Transformer model, int id) {
    int count = model.config().sizes().vocabularyOut();
    if (id >= count) {
      throw new FresnelException(
          "token %d cannot be predicted by %s: ids are 0 to %d"
              .formatted(id, model.config().name(), count - 1));
    }
    return id;
  }
}
