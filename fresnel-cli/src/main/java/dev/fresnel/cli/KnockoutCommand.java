package dev.fresnel.cli;

import dev.fresnel.analysis.patch.AttentionKnockout;
import dev.fresnel.analysis.patch.Measure;
import dev.fresnel.analysis.patch.PromptPair;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Cuts attention from some tokens to others, in one head or layer at a time. */
@Command(
    name = "knockout",
    description = {
      "Attention knockout: some tokens may not attend to others, in one head or one layer at a"
          + " time. Measures how the prediction at the text's last position changes."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel knockout --text \" one two three one\" --from -1 --to 2",
      "  fresnel knockout --model gpt2 --text \"The cat sat on the mat. The cat sat on\"",
      "    --from -1 --to 1 --by layer --answer \" the\" --output knockout.html",
      "",
      "Positions count from 0, BOS included; negative ones count from the end.",
      "",
      "JSON: experiment, model, what, by, method (the edges), metric, axes",
      "[{name, labels}], values, clean (the metric with no edge cut), change (values",
      "less clean), texts, tokens. Values are [layer][head], or [layer] with --by layer.",
    })
final class KnockoutCommand extends TextCommand {
  @Mixin private final ResumableOptions sweepOptions = new ResumableOptions();
  @Mixin private final MemoryOption memory = new MemoryOption();

  @Option(
      names = "--from",
      paramLabel = "POSITIONS",
      converter = PositionsConverter.class,
      description = "The tokens that attend: positions such as 14 or 3,5-8 or -1, the last.")
  private PositionsConverter.@Nullable Positions from;

  @Option(
      names = "--to",
      paramLabel = "POSITIONS",
      converter = PositionsConverter.class,
      description = "The tokens that they may not attend to.")
  private PositionsConverter.@Nullable Positions to;

  @Option(
      names = "--by",
      paramLabel = "head|layer",
      converter = SweepConverters.KnockoutByConverter.class,
      description =
          "Where edges are cut, one at a time: a head, or all heads of a layer. Default: head.")
  private AttentionKnockout.By by = AttentionKnockout.By.HEAD;

  @Option(
      names = "--answer",
      paramLabel = "T",
      description = {
        "Measure the log probability of this next token, or the logit difference with --wrong."
            + " Default: KL(unchanged || run) of all next tokens, in nats."
      })
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
      description = "A token to compare the answer with: logit(answer) - logit(wrong).")
  private @Nullable String wrong;

  @Option(
      names = "--wrong-token",
      paramLabel = "N",
      converter = Converters.TokenConverter.class,
      description = "Its id, in place of --wrong.")
  private @Nullable Integer wrongToken;

  @Spec private CommandSpec spec;

  KnockoutCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  void prepare() {
    sweepOptions.prepare("knockout");
    if (sweepOptions.reads()) {
      if (from != null || to != null || answered() || textOptions.given()) {
        throw misused("--saved shows saved results; leave out the text, positions and answers");
      }
      return;
    }
    if (from == null || to == null) {
      throw misused(
          "--from and --to name the edges that are cut; give both, such as --from -1 --to 3,5-8");
    }
    if (answer != null && answerToken != null || wrong != null && wrongToken != null) {
      throw misused("give the answer and the wrong token as text or as ids, not both");
    }
    if (!answered() && (wrong != null || wrongToken != null)) {
      throw misused("--wrong is compared with an answer; give --answer too");
    }
    super.prepare();
  }

  private boolean answered() {
    return answer != null || answerToken != null;
  }

  private ParameterException misused(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  @Override
  void ended() {
    sweepOptions.ended();
  }

  @Override
  boolean needsModel() {
    return !sweepOptions.reads();
  }

  @Override
  Document withoutModel() {
    return sweepOptions.shown(sweepOptions.read("knockout"));
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    int right = PairOptions.id(model, answer, answerToken);
    int other = PairOptions.id(model, wrong, wrongToken);
    var measure =
        other != PromptPair.NONE
            ? Measure.logitDifference()
            : answered() ? Measure.logProbability() : Measure.klDivergence();
    var knockout =
        AttentionKnockout.of(model, positions(from, tokens), positions(to, tokens))
            .by(by)
            .measure(measure)
            .memory(memory.bytes());
    memory.sayPeak(console, knockout.peakBytes(tokens.length()));
    var texts = List.of(new PromptPair(tokens, tokens, right, other));
    return sweepOptions.run(
        console,
        "Cutting attention of " + model.config().name(),
        (stopped, progress) -> knockout.resume(stopped, texts, progress));
  }

  private static List<Integer> positions(PositionsConverter.Positions given, Tokens tokens) {
    var positions = given.in(tokens.length());
    for (int position : positions) {
      if (position < 0 || position >= tokens.length()) {
        throw new FresnelException(
            "the text has %d tokens, so positions are 0 to %d, or -%d to -1; got %s"
                .formatted(tokens.length(), tokens.length() - 1, tokens.length(), given.given()));
      }
    }
    return positions;
  }
}
