package dev.fresnel.cli;

import dev.fresnel.load.ModelStore;
import dev.fresnel.load.Progress;

/** Gives commands the hub and its cache; tests give a hub of their own. */
@FunctionalInterface
interface Stores {
  /** The hub and the cache that the environment variables name. */
  Stores ENVIRONMENT = ModelStore::ofProcess;

  ModelStore telling(Progress progress);
}
