package dev.fresnel.cli;

import dev.fresnel.analysis.HeadDetector;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Scores how much each head follows each detector's rule on a text. */
@Command(
    name = "heads",
    description = {
      "Finds the heads that attend to the current token, the previous token, the first token, the"
          + " latest earlier occurrence of the same token (duplicate-token), or the token after"
          + " that occurrence (induction).",
      "A head's score is its mean attention where the rule holds, from 0 to 1."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel heads",
      "  fresnel heads --model gpt2 --text \" one two one two\" --threshold 0.5",
      "  fresnel heads --tokens 5,6,7,5,6,7 --json",
      "",
      "JSON: model, bos, tokens [{id, text, piece}], threshold, detectors [{name,",
      "scores [layer][head], heads [{layer, head, label, score}]}]. Scores are null if a rule",
      "holds nowhere in the text. Texts and pieces are null without a tokenizer.",
    })
final class HeadsCommand extends TextCommand {
  @Option(
      names = "--threshold",
      paramLabel = "0..1",
      converter = Converters.UnitConverter.class,
      description = "List heads with a greater score than this. Default: 0.35.")
  private double threshold = 0.35;

  HeadsCommand(Console console, Models models) {
    super(console, models);
  }

  /** False without JSON: the table shows no texts of tokens. */
  @Override
  boolean showsTokens() {
    return output.json;
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    var detectors = HeadDetector.all();
    var plan = detectors.stream().map(HeadDetector::plan).reduce(RunPlan.nothing(), RunPlan::and);
    return lookAt(
        model,
        tokens,
        plan.stopAfterCapture(),
        run ->
            HeadsDocument.of(
                model,
                tokens,
                threshold,
                detectors.stream().map(detector -> detector.score(run)).toList()));
  }
}
