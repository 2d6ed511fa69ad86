package dev.fresnel.cli;

import dev.fresnel.analysis.patch.Ablation;
import dev.fresnel.analysis.patch.AblationSite;
import dev.fresnel.analysis.patch.Filling;
import dev.fresnel.analysis.patch.PromptPair;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Removes one head or MLP at a time, and measures the loss. */
@Command(
    name = "ablate",
    description = {
      "Ablation: removes one head or MLP at a time, and measures how much the loss rises on a text."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel ablate",
      "  fresnel ablate --model gpt2 --file story.txt --what mlps",
      "  fresnel ablate --by mean --data texts.txt --output ablate.html",
      "",
      "JSON: experiment, model, what, by, method (zero, mean or resample), metric, axes",
      "[{name, labels}], values, clean (the loss with nothing removed), change (values",
      "less clean), texts, tokens. Values are [layer][head], or [layer] of MLPs.",
    })
final class AblateCommand extends TextCommand {
  @Mixin private final SweepOptions sweepOptions = new SweepOptions();
  @Mixin private final MemoryOption memory = new MemoryOption();

  @Option(
      names = "--what",
      paramLabel = "heads|mlps",
      converter = SweepConverters.AblationSiteConverter.class,
      description = "What is removed, one at a time. Default: heads.")
  private AblationSite what = AblationSite.HEADS;

  @Option(
      names = "--by",
      paramLabel = "B",
      converter = SweepConverters.FillingConverter.class,
      description = {
        "What takes its place: zero, the default; mean, over all texts and positions of --data;"
            + " resample, the same positions of a text of --data, drawn at random."
      })
  private Filling by = Filling.ZERO;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      description = "Texts for mean and resample, one a line.")
  private @Nullable Path data;

  @Spec private CommandSpec spec;

  private List<GivenText> lines = List.of();

  AblateCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  void prepare() {
    sweepOptions.prepare();
    if (sweepOptions.reads()) {
      return;
    }
    if (by == Filling.ZERO && data != null) {
      throw new ParameterException(
          spec.commandLine(), "--data is for --by mean and --by resample; leave it out");
    }
    if (by != Filling.ZERO && data == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--by %s needs texts; name a file of them with --data FILE".formatted(by.label()));
    }
    if (data != null) {
      lines = TextFile.lines(data, console);
    }
    super.prepare();
  }

  @Override
  SweepOptions sweep() {
    return sweepOptions;
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    if (tokens.length() < 2) {
      throw new FresnelException(
          "the loss needs a text of at least two tokens, got one; give a longer text");
    }
    var ablation = Ablation.of(model).what(what).by(by, texts(model)).memory(memory.bytes());
    memory.sayPeak(console, ablation.peakBytes(tokens.length()));
    var text = List.of(PromptPair.alone(tokens));
    return sweepOptions.shown(
        sweepOptions.run(
            console,
            "Ablating " + model.config().name(),
            (stopped, progress) -> ablation.resume(stopped, text, progress)));
  }

  private List<Tokens> texts(Transformer model) {
    if (data == null) {
      return List.of();
    }
    model.requireTokenizer("--data needs a model that has one");
    return lines.stream()
        .map(line -> line.tokens(model, text -> textOptions.tokens(model, text, false, console)))
        .toList();
  }
}
