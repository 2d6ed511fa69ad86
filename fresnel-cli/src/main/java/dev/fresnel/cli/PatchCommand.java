package dev.fresnel.cli;

import dev.fresnel.analysis.patch.ActivationPatching;
import dev.fresnel.analysis.patch.Direction;
import dev.fresnel.analysis.patch.Measure;
import dev.fresnel.analysis.patch.PatchBy;
import dev.fresnel.analysis.patch.PatchSite;
import dev.fresnel.model.Transformer;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Replaces activations of one text by those of another, and measures what follows. */
@Command(
    name = "patch",
    description = {
      "Activation patching: puts each activation of a clean run into a corrupted run, one at a"
          + " time, and measures how far the answer comes back."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel patch --clean \" one two three one two\"",
      "    --corrupted \" one two three one one\" --answer \" three\" --wrong \" two\"",
      "  fresnel patch --model gpt2 --pairs pairs.jsonl --what head_out --by head",
      "  fresnel patch --clean-tokens 1,2,3,1,2 --corrupted-tokens 1,2,3,1,1",
      "    --answer-token 3 --metric log-prob --output patch.html",
      "  fresnel patch --saved patch.json --output patch.html",
      "",
      "JSON: experiment, model, what, by, method (the direction), metric, axes",
      "[{name, labels}], values, normalised (0 as corrupted, 1 as clean; null where",
      "these are equal), clean, corrupted, texts, tokens, corrupted_tokens; with several",
      "pairs standard_error and interval {level, low, high}. Values are",
      "[layer][position], or [layer][head] with --by head, or [layer][position][head].",
    })
final class PatchCommand extends ModelCommand {
  @Mixin private final PairOptions pairOptions = new PairOptions();
  @Mixin private final SweepOptions sweepOptions = new SweepOptions();
  @Mixin private final MemoryOption memory = new MemoryOption();

  /** What is measured. */
  enum MetricChoice {
    LOGIT_DIFF(Measure::logitDifference),
    LOG_PROB(Measure::logProbability),
    KL(Measure::klDivergence);

    private final Supplier<Measure> measure;

    MetricChoice(Supplier<Measure> measure) {
      this.measure = measure;
    }

    Measure measure() {
      return measure.get();
    }

    /** Requires the answers that this metric compares. */
    void prepare(PairOptions pairs, Console console) {
      pairs.prepare(this != KL, this == LOGIT_DIFF, console);
    }
  }

  @Option(
      names = "--metric",
      paramLabel = "M",
      converter = SweepConverters.MetricConverter.class,
      description = {
        "logit-diff, the default: logit(answer) - logit(wrong) at the last position; log-prob: the"
            + " answer's log probability; kl: KL(clean || run), in nats."
      })
  private MetricChoice metric = MetricChoice.LOGIT_DIFF;

  @Option(
      names = "--direction",
      paramLabel = "D",
      converter = SweepConverters.DirectionConverter.class,
      description = "clean-into-corrupted, the default, or corrupted-into-clean.")
  private Direction direction = Direction.CLEAN_INTO_CORRUPTED;

  @Option(
      names = "--what",
      paramLabel = "W",
      converter = SweepConverters.SiteConverter.class,
      description = {
        "resid_pre, the default, resid_mid, attn_out, mlp_out, head_out, head_q, head_k, head_v or"
            + " head_pattern."
      })
  private PatchSite what = PatchSite.RESID_PRE;

  @Option(
      names = "--by",
      paramLabel = "position|head",
      converter = SweepConverters.ByConverter.class,
      description = {
        "position, the default: one position, and one head of head_*; head: one head at all"
            + " positions."
      })
  private PatchBy by = PatchBy.POSITION;

  @Spec private CommandSpec spec;

  PatchCommand(Console console, Models models) {
    super(console, models);
  }

  static String noHeads(PatchSite site) {
    return "--by head needs heads, and %s has none; use --by position, or --what head_out"
        .formatted(site.label());
  }

  @Override
  void prepare() {
    if (by == PatchBy.HEAD && !what.ofHeads()) {
      throw new ParameterException(spec.commandLine(), noHeads(what));
    }
    sweepOptions.prepare();
    if (sweepOptions.reads()) {
      return;
    }
    metric.prepare(pairOptions, console);
  }

  @Override
  SweepOptions sweep() {
    return sweepOptions;
  }

  @Override
  Document answer(Transformer model) {
    var pairs = by == PatchBy.HEAD ? pairOptions.pairs(model) : pairOptions.pairsOfOneLength(model);
    var patching =
        ActivationPatching.of(model)
            .what(what)
            .by(by)
            .measure(metric.measure())
            .direction(direction)
            .memory(memory.bytes());
    memory.sayPeak(console, patching.peakBytes(PairOptions.longest(pairs)));
    return sweepOptions.shown(
        sweepOptions.run(
            console,
            "Patching " + model.config().name(),
            (stopped, progress) -> patching.resume(stopped, pairs, progress)));
  }
}
