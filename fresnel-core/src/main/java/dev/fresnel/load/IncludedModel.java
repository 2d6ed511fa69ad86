package dev.fresnel.load;

import dev.fresnel.model.Transformer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The models that come with Fresnel: they need no download. */
enum IncludedModel {
  TRAINED(BundledModel.NAME, BundledModel::load),
  BY_HAND(HandMadeModel.NAME, HandMadeModel::load);

  private final String title;
  private final Function<LoadOptions, Transformer> loader;

  IncludedModel(String title, Function<LoadOptions, Transformer> loader) {
    this.title = title;
    this.loader = loader;
  }

  Transformer load(LoadOptions options) {
    return loader.apply(options);
  }

  static List<String> names() {
    return Arrays.stream(values()).map(model -> model.title).toList();
  }

  static Optional<IncludedModel> find(String name) {
    return Arrays.stream(values()).filter(model -> model.title.equals(name)).findFirst();
  }
}
