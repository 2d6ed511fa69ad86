package dev.fresnel.model.config;

import dev.fresnel.error.FresnelException;

/**
 * Which keys a query sees: its own position and those before it, as far back as the window reaches.
 *
 * @param window how many positions, the query's own included
 */
public record Reach(int window) {
  /** Every earlier position. */
  public static final Reach ALL = new Reach(Integer.MAX_VALUE);

  public Reach {
    if (window < 1) {
      throw new FresnelException("a window has at least 1 position, got " + window);
    }
  }

  /** Whether the query at one position sees the key at another. */
  public boolean sees(int query, int key) {
    return key <= query && query - key < window;
  }

  /** Whether some query of a text this long sees only a part of what is before it. */
  public boolean cuts(int length) {
    return length > window;
  }
}
