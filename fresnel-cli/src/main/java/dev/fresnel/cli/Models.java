package dev.fresnel.cli;

import dev.fresnel.Fresnel;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.load.Loading;
import dev.fresnel.model.Transformer;
import org.jspecify.annotations.Nullable;

/** Loads the models of commands; tests give models made by hand. */
@FunctionalInterface
interface Models {
  /** Loads models from the disk, from the hub, or the bundled one. */
  Models FRESNEL =
      (model, options) -> Fresnel.load(model == null ? Loading.BUNDLED : model, options);

  /**
   * @param model a path, a known name or a hub id; null for the bundled model
   */
  Transformer load(@Nullable String model, LoadOptions options);
}
