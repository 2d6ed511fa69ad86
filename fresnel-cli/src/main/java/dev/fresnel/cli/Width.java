package dev.fresnel.cli;

import org.jspecify.annotations.Nullable;

/** How wide the text of help, tables and progress may be, in characters. */
final class Width {
  /** Where the environment says nothing: what every terminal has. */
  private static final int USUAL = 80;

  /**
   * Options and their descriptions stand side by side: below this nothing is left for the latter.
   */
  private static final int LEAST = 60;

  private Width() {}

  /** That of the terminal, which the shell or the launcher tells in COLUMNS; else 80. */
  static int terminal() {
    return of(System.getenv("COLUMNS"));
  }

  /**
   * @param columns a number; anything else counts as none
   */
  static int of(@Nullable String columns) {
    boolean known = columns != null && columns.matches("[1-9][0-9]{0,3}");
    return known ? Math.max(LEAST, Integer.parseInt(columns)) : USUAL;
  }
}
