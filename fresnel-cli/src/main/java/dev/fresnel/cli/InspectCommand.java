package dev.fresnel.cli;

import dev.fresnel.model.Transformer;
import picocli.CommandLine.Command;

/** Describes a model. */
@Command(
    name = "inspect",
    description = {
      "Prints a model's configuration, size, hook points, tokenizer, source, and the processing of"
          + " its weights."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel inspect",
      "  fresnel inspect --model gpt2 --processing raw",
      "  fresnel inspect --model model.gguf --json | jq '.hooks[].name'",
      "",
      "JSON: model, source, architecture, format, config, parameters, bytes, tokenizer,",
      "processing, hooks [{name, shape}].",
      "'parameters' counts all weights, including embeddings, biases and norms.",
      "'bytes' is the size of the files that the weights were read from.",
    })
final class InspectCommand extends ModelCommand {
  InspectCommand(Console console, Models models) {
    super(console, models);
  }

  @Override
  Document answer(Transformer model) {
    return InspectDocument.of(model);
  }
}
