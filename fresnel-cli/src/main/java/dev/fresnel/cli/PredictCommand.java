package dev.fresnel.cli;

import dev.fresnel.analysis.NextTokens;
import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Predicts the next token, and the loss of every token. */
@Command(
    name = "predict",
    description =
        "Prints the likeliest next tokens, and the loss of each token of the text in nats.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel predict --model gpt2 --text \"The Eiffel Tower is in the city of\"",
      "  fresnel predict --model gpt2 --text \"He gave it to\" --answer \" Mary\" --top 3",
      "  fresnel predict --tokens 5,6,7,5,6 --json",
      "",
      "JSON: model, bos, tokens [{id, text, piece, loss}], loss (the mean), position,",
      "predictions [{rank, id, text, piece, logit, probability}],",
      "answer [{rank, id, text, piece, logit, probability, log_probability}] or null.",
      "A piece is the vocabulary's own name of a token, such as ĠMary.",
    })
final class PredictCommand extends TextCommand {
  @Mixin private final FigureOptions figureOptions = new FigureOptions();

  @Option(
      names = "--answer",
      paramLabel = "A",
      converter = SamplingOptions.SomeText.class,
      description = {
        "Also print how the model ranks each token of this answer, given the text and the answer's"
            + " tokens before it. It continues the text exactly as given: begin it with a space if"
            + " it begins a word."
      })
  private @Nullable String answer;

  @Option(
      names = "--top",
      paramLabel = "K",
      converter = Converters.CountConverter.class,
      description = "Number of tokens to list. Default: 10.")
  private int top = 10;

  @Option(
      names = "--position",
      paramLabel = "N",
      converter = Converters.PositionConverter.class,
      description = "The position to predict from. Default: the last.")
  private @Nullable Integer position;

  PredictCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  FigureOptions figures() {
    return figureOptions;
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    int at = positionOrLast(position, tokens);
    int[] answerIds = answer == null ? new int[0] : answerIds(model, answer, console);
    return lookAt(
        model,
        tokens,
        RunPlan.nothing(),
        run ->
            PredictDocument.of(
                run,
                at,
                NextTokens.of(run, at, top),
                answer == null ? null : answers(model, tokens, at, answerIds)));
  }

  private static int[] answerIds(Transformer model, String answer, Console console) {
    var tokenizer =
        model.requireTokenizer(
            "in place of --answer, put the ids behind --tokens and read their loss");
    int[] ids = tokenizer.encodeContinuation(answer);
    if (ids.length == 0) {
      throw new FresnelException("--answer is empty; give the text that shall come next");
    }
    if (!answer.startsWith(" ") && !Arrays.equals(ids, tokenizer.encode(answer))) {
      console.note(
          "--answer goes on without a space here; if it begins a word, write --answer "
              + Visible.quoted(" " + answer)
              + ".");
    }
    return ids;
  }

  /**
   * Reads the text up to the position, followed by the answer, in one run: every token of the
   * answer has the ones before it as context.
   */
  private List<PredictDocument.Answer> answers(
      Transformer model, Tokens tokens, int position, int[] answer) {
    int[] read = Arrays.copyOf(tokens.ids(0), position + 1 + answer.length);
    System.arraycopy(answer, 0, read, position + 1, answer.length);
    Tokens whole = TextOptions.labelled(model, Tokens.of(read));
    var answers = new ArrayList<PredictDocument.Answer>();
    try (Run run = model.run(whole)) {
      for (int i = 0; i < answer.length; i++) {
        var token = whole.row(0).get(position + 1 + i);
        answers.add(PredictDocument.Answer.of(NextTokens.of(run, position + i, token)));
      }
    }
    return answers;
  }
}
