package dev.fresnel.cli;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.patch.PathPatching;
import dev.fresnel.analysis.patch.PathPatching.Input;
import dev.fresnel.analysis.patch.PathPatching.Route;
import dev.fresnel.model.Transformer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Patches the paths from every earlier head to one head. */
@Command(
    name = "path-patch",
    description = {
      "Path patching: lets the clean run of one head into one input of a later head, the receiver,"
          + " with all else at the corrupted run, and measures what follows."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel path-patch --receiver L1H1 --input k --clean \" one two one\"",
      "    --corrupted \" one six one\" --answer \" two\" --wrong \" six\"",
      "  fresnel path-patch --model gpt2 --pairs pairs.jsonl --receiver L9H9",
      "    --input q --route through-mlps --output path.html",
      "",
      "JSON: as of 'fresnel patch'. Values are [layer][head] of the senders, for the",
      "layers before the receiver's; method is the route.",
    })
final class PathPatchCommand extends ModelCommand {
  @Mixin private final PairOptions pairOptions = new PairOptions();
  @Mixin private final SweepOptions sweepOptions = new SweepOptions();
  @Mixin private final MemoryOption memory = new MemoryOption();

  @Option(
      names = "--receiver",
      paramLabel = "L5H1",
      converter = SweepConverters.HeadConverter.class,
      description = "The head that receives.")
  private @Nullable HeadId receiver;

  @Option(
      names = "--input",
      paramLabel = "q|k|v",
      converter = SweepConverters.InputConverter.class,
      description = "Which of its inputs: queries, keys or values. Default: k.")
  private Input input = Input.K;

  @Option(
      names = "--route",
      paramLabel = "R",
      converter = SweepConverters.RouteConverter.class,
      description = {
        "direct, the default: the residual stream alone carries the change; through-mlps: MLPs"
            + " between respond, and all other heads keep their corrupted values."
      })
  private Route route = Route.DIRECT;

  @Option(
      names = "--metric",
      paramLabel = "M",
      converter = SweepConverters.MetricConverter.class,
      description = "logit-diff, the default, log-prob or kl, as of 'fresnel patch'.")
  private PatchCommand.MetricChoice metric = PatchCommand.MetricChoice.LOGIT_DIFF;

  @Spec private CommandSpec spec;

  PathPatchCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  void prepare() {
    sweepOptions.prepare();
    if (sweepOptions.reads()) {
      return;
    }
    if (receiver == null) {
      throw new ParameterException(
          spec.commandLine(), "--receiver is missing; name a head, such as --receiver L5H1");
    }
    metric.prepare(pairOptions, console);
  }

  @Override
  SweepOptions sweep() {
    return sweepOptions;
  }

  @Override
  Document answer(Transformer model) {
    var pairs = pairOptions.pairs(model);
    var patching =
        new PathPatching(model, receiver, input, route, metric.measure(), memory.bytes());
    memory.sayPeak(console, patching.peakBytes(PairOptions.longest(pairs)));
    return sweepOptions.shown(
        sweepOptions.run(
            console,
            "Patching paths of " + model.config().name(),
            (stopped, progress) -> patching.resume(stopped, pairs, progress)));
  }
}
