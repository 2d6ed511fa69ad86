package dev.fresnel.cli;

import dev.fresnel.analysis.circuit.Composition;
import dev.fresnel.model.Transformer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Scores how much each head reads of what each earlier head writes, by their weights. */
@Command(
    name = "composition",
    description = {
      "Scores how much each head's queries, keys or values read of what each earlier head writes,"
          + " by their weights alone: 0 is nothing, 1 all of it. Two random heads have about one"
          + " divided by the root of d_model."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel composition",
      "  fresnel composition --model gpt2 --kind q --top 20",
      "  fresnel composition --kind v --output composition.html",
      "",
      "JSON: model, kind, scores [layer][head][later layer][head] (0 where the second",
      "layer is not later), pairs [{from, to, score}], the strongest first.",
    })
final class CompositionCommand extends ModelCommand {
  @Mixin private final FigureOptions figureOptions = new FigureOptions();

  @Option(
      names = "--kind",
      paramLabel = "q|k|v",
      converter = Converters.CompositionConverter.class,
      description = "What of the later head reads: queries, keys or values. Default: k.")
  private Composition.Kind kind = Composition.Kind.K;

  @Option(
      names = "--top",
      paramLabel = "N",
      converter = Converters.CountConverter.class,
      description = "How many pairs to list. Default: 10.")
  private int top = 10;

  CompositionCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  FigureOptions figures() {
    return figureOptions;
  }

  @Override
  Document answer(Transformer model) {
    return console.during(
        "Reading the weights of " + model.config().name(),
        () -> CompositionDocument.of(model.config().name(), Composition.of(model, kind), top));
  }
}
