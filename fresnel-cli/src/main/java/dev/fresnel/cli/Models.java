package dev.fresnel.cli;

import dev.fresnel.Fresnel;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.load.Loading;
import dev.fresnel.model.Transformer;
import org.jspecify.annotations.Nullable;

/** Where commands get their model: a seam for tests with models made by hand. */
@FunctionalInterface
interface Models {
  /** What is on disk, on the hub, or bundled. */
  Models FRESNEL =
      (model, options) -> Fresnel.load(model == null ? Loading.BUNDLED : model, options);

  /**
   * @param model a path, a known name or a hub id; null for the bundled model
   */
  Transformer load(@Nullable String model, LoadOptions options);
}
