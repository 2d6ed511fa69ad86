package dev.fresnel.analysis.patch;

import java.util.Locale;

/** How much of an activation one cell of a patching sweep replaces. */
public enum PatchBy {
  /** One position; where the site has heads, one head at one position (of a pattern, one query). */
  POSITION,
  /** One head at all positions. */
  HEAD,
  /** One weight of one head's pattern: from one query to one key. */
  SOURCE;

  /** {@code position}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
