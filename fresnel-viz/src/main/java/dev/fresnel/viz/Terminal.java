package dev.fresnel.viz;

import dev.fresnel.error.FresnelException;

/**
 * What a terminal can show.
 *
 * @param columns its width, in characters
 * @param colours which colours it has
 * @param theme its background
 */
public record Terminal(int columns, Colours colours, Theme theme) {
  /** The least width that a figure's text can have. */
  private static final int LEAST = 20;

  /** The colours of a terminal. */
  public enum Colours {
    /** No colours: a figure is a table of numbers. */
    NONE,
    /** The 256 colours of xterm. */
    INDEXED,
    /** Every colour of 24 bits. */
    TRUE
  }

  /**
   * @throws FresnelException if there are less than 20 columns
   */
  public Terminal {
    if (columns < LEAST) {
      throw new FresnelException(
          "a figure's text needs at least %d columns, got %d".formatted(LEAST, columns));
    }
  }

  /** Without colours: for a file, a log, a screen reader. */
  public static Terminal plain(int columns) {
    return new Terminal(columns, Colours.NONE, Theme.LIGHT);
  }
}
