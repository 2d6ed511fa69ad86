package dev.fresnel.cli;

import dev.fresnel.load.ModelStore;
import dev.fresnel.load.Progress;

/** Where commands get the hub and its cache: a seam for tests with a hub of their own. */
@FunctionalInterface
interface Stores {
  /** As the environment of this process says. */
  Stores ENVIRONMENT = ModelStore::ofProcess;

  ModelStore telling(Progress progress);
}
