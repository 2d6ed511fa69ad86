package dev.fresnel.cli;

import dev.fresnel.analysis.HeadScan;
import dev.fresnel.analysis.RepeatedTokens;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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
      "  fresnel heads --model gpt2 --repeated-random 50",
      "",
      "JSON: model, bos, tokens [{id, text, piece}], repeated_random {half, texts,",
      "length, seed} or null, threshold, detectors [{name, scores [layer][head], heads",
      "[{layer, head, label, score}]}]. Scores are null if a rule holds nowhere in the text.",
      "Texts are null without a tokenizer; with --repeated-random tokens is empty.",
    })
final class HeadsCommand extends TextCommand {
  @Mixin private final FigureOptions figureOptions = new FigureOptions();

  @Option(
      names = "--threshold",
      paramLabel = "0..1",
      converter = Converters.UnitConverter.class,
      description = "List heads with a greater score than this. Default: 0.35.")
  private double threshold = 0.35;

  @ArgGroup(exclusive = false)
  private @Nullable Repeated repeated;

  @Spec private CommandSpec spec;

  /** Random tokens that come twice, instead of a text. */
  private static final class Repeated {
    @Option(
        names = "--repeated-random",
        paramLabel = "N",
        required = true,
        converter = Converters.CountConverter.class,
        description = {
          "Instead of a text: N random tokens, then the same again, after a BOS where --bos says"
              + " so. Only heads that look back can tell what comes: the usual benchmark."
        })
    private int half;

    @Option(
        names = "--texts",
        paramLabel = "N",
        converter = Converters.CountConverter.class,
        description = "How many such texts. Default: 10.")
    private int texts = 10;

    @Option(
        names = "--seed",
        paramLabel = "N",
        converter = SamplingOptions.Seed.class,
        description = "Another seed gives other tokens. Default: 0.")
    private long seed;
  }

  HeadsCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  FigureOptions figures() {
    return figureOptions;
  }

  @Override
  void prepare() {
    if (repeated == null) {
      super.prepare();
    } else if (textOptions.given()) {
      throw new ParameterException(
          spec.commandLine(),
          "--repeated-random makes the text; leave out --text, --file, --tokens and --first");
    }
  }

  @Override
  Tokens tokens(Transformer model) {
    if (repeated == null) {
      return super.tokens(model);
    }
    var bos = textOptions.bosId(model);
    int vocabulary = model.config().sizes().vocabulary();
    requireContext(model, bos.isPresent() ? 1 : 0);
    var random =
        RepeatedTokens.random(repeated.texts, repeated.half, vocabulary, bos, repeated.seed);
    return (bos.isPresent() ? random : random.withoutFirst()).tokens();
  }

  private void requireContext(Transformer model, int before) {
    int context = model.config().sizes().context();
    long length = before + 2L * repeated.half;
    if (length > context) {
      throw new FresnelException(
          "--repeated-random %d makes texts of %d tokens, but %s reads at most %d; --repeated-random %d is the most"
              .formatted(
                  repeated.half, length, model.config().name(), context, (context - before) / 2));
    }
  }

  /** False without JSON: the table shows no texts of tokens. */
  @Override
  boolean showsTokens() {
    return output.json;
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    if (repeated == null) {
      return lookAt(
          model,
          tokens,
          HeadScan.plan(),
          run -> HeadsDocument.of(model, tokens, threshold, HeadScan.of(run)));
    }
    boolean bos = textOptions.bosId(model).isPresent();
    var sizes =
        new HeadsDocument.RepeatedRandom(
            repeated.half, repeated.texts, tokens.length(), repeated.seed);
    return console.during(
        "Looking into " + model.config().name(),
        () -> HeadsDocument.of(model, sizes, bos, threshold, HeadScan.inParts(model, tokens)));
  }
}
