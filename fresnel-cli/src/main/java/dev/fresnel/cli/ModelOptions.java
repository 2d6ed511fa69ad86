package dev.fresnel.cli;

import dev.fresnel.load.LoadOptions;
import dev.fresnel.load.LoadOptions.Processing;
import dev.fresnel.load.Loading;
import dev.fresnel.model.Transformer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that name a model and say how it is loaded. */
final class ModelOptions {
  @Option(
      names = "--model",
      paramLabel = "M",
      description = {
        "A path if it exists, begins with '/', '.' or '~', or ends in .gguf; otherwise a known name"
            + " or ORG/NAME[@REVISION] on the Hugging Face hub, or the address of its page there."
            + " Default: the bundled model."
      })
  @Nullable String model;

  @Option(
      names = "--processing",
      paramLabel = "default|raw",
      converter = Converters.ProcessingConverter.class,
      description =
          "default: fold and centre weights as TransformerLens does; raw: keep them as stored.")
  Processing processing = Processing.DEFAULT;

  /** Whether the model is the one that comes with Fresnel. */
  boolean bundled() {
    return model == null || model.equals(Loading.BUNDLED);
  }

  Transformer load(Models models, Console console) {
    String what = "Loading " + (model == null ? "the bundled model" : model);
    return console.during(
        what,
        progress -> models.load(model, LoadOptions.DEFAULT.with(processing).reporting(progress)));
  }
}
