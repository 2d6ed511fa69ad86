package dev.fresnel.cli;

import dev.fresnel.analysis.patch.ActivationPatching;
import dev.fresnel.analysis.patch.Direction;
import dev.fresnel.analysis.patch.EdgePatching;
import dev.fresnel.analysis.patch.PatchBy;
import dev.fresnel.analysis.patch.PatchSite;
import dev.fresnel.analysis.patch.PromptPair;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Estimates by gradients what patching would find. */
@Command(
    name = "attribution-patch",
    description = {
      "Attribution patching: estimates what 'fresnel patch' finds, from two runs and one pass back,"
          + " or the effect of every edge between two components (EAP). --check compares estimates"
          + " with exact patches."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel attribution-patch --clean \" one two three one two\"",
      "    --corrupted \" one two three one one\" --answer \" three\" --wrong \" two\"",
      "  fresnel attribution-patch --model gpt2 --pairs pairs.jsonl --what head_out",
      "    --by head --check",
      "  fresnel attribution-patch --model gpt2 --pairs pairs.jsonl --what edges",
      "    --steps 5 --check --output edges.html",
      "",
      "JSON: as of 'fresnel patch'. A value is the corrupted run's metric plus the",
      "estimated effect. With --what edges, values are [writer][reader], null where",
      "the reader comes first. --check adds agreement {count, pearson, rank} and exact,",
      "the metric where it was patched, null elsewhere.",
    })
final class AttributionPatchCommand extends ModelCommand {
  /** What exact sweeps of cells are called. */
  private static final String EXACT = "patch";

  /** How many edges are patched exactly: enough for a correlation, in seconds for each pair. */
  private static final int CHECKED = 100;

  @Mixin private final PairOptions pairOptions = new PairOptions();
  @Mixin private final SweepOptions sweepOptions = new SweepOptions();
  @Mixin private final MemoryOption memory = new MemoryOption();

  @Option(
      names = "--metric",
      paramLabel = "M",
      converter = SweepConverters.MetricConverter.class,
      description = "logit-diff, the default, log-prob or kl, as of 'fresnel patch'.")
  private PatchCommand.MetricChoice metric = PatchCommand.MetricChoice.LOGIT_DIFF;

  @Option(
      names = "--direction",
      paramLabel = "D",
      converter = SweepConverters.DirectionConverter.class,
      description = "clean-into-corrupted, the default, or corrupted-into-clean.")
  private @Nullable Direction direction;

  @Option(
      names = "--what",
      paramLabel = "W",
      description = {
        "resid_pre, the default, resid_mid, attn_out, mlp_out, head_out, head_q, head_k or head_v;"
            + " or edges: from the embedding, each head and each MLP to each later head's queries,"
            + " keys and values, each MLP and the logits."
      })
  private String what = PatchSite.RESID_PRE.label();

  @Option(
      names = "--by",
      paramLabel = "position|head",
      converter = SweepConverters.ByConverter.class,
      description = "As of 'fresnel patch'. Default: position.")
  private @Nullable PatchBy by;

  @Option(
      names = "--steps",
      paramLabel = "N",
      converter = Converters.CountConverter.class,
      description = {
        "For edges: integrate gradients over N runs from the corrupted to the clean text (EAP-IG;"
            + " its paper takes 5). Default: the gradient in the corrupted run alone."
      })
  private @Nullable Integer steps;

  @Option(
      names = "--check",
      description = {
        "Say how well the estimates agree with exact patches: of all cells, or of the 100 edges"
            + " with the largest estimates. With --save FILE.json, these stay in FILE.exact.json."
      })
  private boolean check;

  @Spec private CommandSpec spec;

  private PatchSite site = PatchSite.RESID_PRE;

  AttributionPatchCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  void prepare() {
    sweepOptions.prepare();
    if (sweepOptions.reads()) {
      return;
    }
    if (edges()) {
      if (by != null || direction != null) {
        throw misused("--by and --direction are not for edges; leave them out");
      }
    } else {
      site = SweepConverters.estimated(what, spec.commandLine());
      if (steps != null) {
        throw misused("--steps is for --what edges; leave it out");
      }
      if (by == PatchBy.HEAD && !site.ofHeads()) {
        throw misused(PatchCommand.noHeads(site));
      }
    }
    metric.prepare(pairOptions, console);
  }

  private boolean edges() {
    return what.equals(EdgePatching.EDGES);
  }

  private ParameterException misused(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  @Override
  SweepOptions sweep() {
    return sweepOptions;
  }

  @Override
  Document saved(SweepOptions options) {
    var sweep = options.read();
    if (!check) {
      return options.shown(sweep);
    }
    boolean ofEdges = sweep.what().equals(EdgePatching.EDGES);
    var exact = options.readExact(ofEdges ? sweep.experiment() : EXACT);
    if (exact == null) {
      throw new FresnelException(
          "nothing to compare with was saved beside it; run the sweep with --check and --save");
    }
    return options.shown(sweep, exact);
  }

  @Override
  Document answer(Transformer model) {
    var pairs =
        edges() || by == PatchBy.HEAD
            ? pairOptions.pairs(model)
            : pairOptions.pairsOfOneLength(model);
    return edges() ? edges(model, pairs) : cells(model, pairs);
  }

  private Document edges(Transformer model, List<PromptPair> pairs) {
    var patching =
        EdgePatching.of(model)
            .measure(metric.measure())
            .steps(steps == null ? 0 : steps)
            .memory(memory.bytes());
    memory.sayPeak(console, patching.peakBytes(PairOptions.longest(pairs)));
    String name = model.config().name();
    var sweep =
        sweepOptions.run(
            console,
            "Estimating the edges of " + name,
            (stopped, progress) -> patching.resume(stopped, pairs, progress));
    var exact =
        check
            ? sweepOptions.runExact(
                "Patching the strongest edges of " + name,
                sweep.experiment(),
                (stopped, progress) -> patching.exact(sweep, CHECKED, stopped, pairs, progress))
            : null;
    return sweepOptions.shown(sweep, exact);
  }

  private Document cells(Transformer model, List<PromptPair> pairs) {
    var patching =
        ActivationPatching.of(model)
            .what(site)
            .by(by == null ? PatchBy.POSITION : by)
            .measure(metric.measure())
            .direction(direction == null ? Direction.CLEAN_INTO_CORRUPTED : direction)
            .memory(memory.bytes());
    int longest = PairOptions.longest(pairs);
    long peak = patching.estimatePeakBytes(longest);
    memory.sayPeak(console, check ? Math.max(peak, patching.peakBytes(longest)) : peak);
    String name = model.config().name();
    var sweep =
        sweepOptions.run(
            console,
            "Estimating " + name,
            (stopped, progress) -> patching.estimate(stopped, pairs, progress));
    var exact =
        check
            ? sweepOptions.runExact(
                "Patching " + name,
                EXACT,
                (stopped, progress) -> patching.resume(stopped, pairs, progress))
            : null;
    return sweepOptions.shown(sweep, exact);
  }
}
