package dev.fresnel.model.config;

import dev.fresnel.error.FresnelException;

/**
 * The keys that a query sees: those at its own position and before it, as far back as the window
 * reaches.
 *
 * @param window the number of positions, including the query's own
 */
public record Reach(int window) {
  /** Every earlier position. */
  public static final Reach ALL = new Reach(Integer.MAX_VALUE);

  public Reach {
    if (window < 1) {
      throw new FresnelException("a window has at least 1 position, got " + window);
    }
  }
}
