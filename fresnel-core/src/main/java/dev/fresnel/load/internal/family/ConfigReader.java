package dev.fresnel.load.internal.family;

import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.model.config.ModelConfig;

/** What a family's settings mean. */
@FunctionalInterface
interface ConfigReader {
  /**
   * What the model computes. Every setting that changes it is honoured, or refused by name.
   *
   * @param names the weights of the file, for what settings leave to them
   */
  ModelConfig read(Settings settings, WeightNames names);
}
