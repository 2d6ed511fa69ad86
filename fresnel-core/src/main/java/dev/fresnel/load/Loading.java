package dev.fresnel.load;

import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.ModelConfig;
import java.nio.file.Path;
import java.util.List;

/** Loads models for {@link dev.fresnel.Fresnel}, which is the class to use. */
public final class Loading {
  /** The model that comes with Fresnel. */
  public static final String BUNDLED = BundledModel.NAME;

  private Loading() {}

  /** A model by path, known name or repository of the hub. */
  public static Transformer byName(String model, LoadOptions options) {
    var included = ModelFinder.included(model);
    if (included.isPresent()) {
      return included.get().load(options);
    }
    try (var files = ModelFinder.ofProcess(options.progress()).open(model)) {
      return ModelLoader.load(files, options);
    }
  }

  /** A model's folder or file. */
  public static Transformer byPath(Path model, LoadOptions options) {
    try (var files = ModelDirectory.open(model, model.toString())) {
      return ModelLoader.load(files, options);
    }
  }

  /** A configuration written in code, with weights under TransformerLens's names. */
  public static Transformer byConfig(ModelConfig config, Path weights, LoadOptions options) {
    try (var files = ModelDirectory.weightsOnly(weights, config.name())) {
      return ModelLoader.load(config, files, options);
    }
  }

  /** The short names of models. */
  public static List<String> knownModels() {
    return ModelFinder.knownNames();
  }

  /** Those of them that come with Fresnel; the bundled one first. */
  public static List<String> includedModels() {
    return IncludedModel.names();
  }
}
