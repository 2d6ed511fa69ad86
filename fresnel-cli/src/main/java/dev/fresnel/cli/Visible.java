package dev.fresnel.cli;

import dev.fresnel.error.Printable;
import dev.fresnel.text.Token;

/**
 * Makes text safe for a terminal: invisible characters, and those that could control the terminal,
 * are written as escapes.
 */
final class Visible {
  private Visible() {}

  /**
   * A token by its label: {@code " Mary"}, {@code "\n"}, {@code "⟨E3 81⟩"}; {@code #339} where the
   * vocabulary has no name for it.
   */
  static String token(Token token) {
    return token.isUnnamed() ? token.label() : quoted(token.label());
  }

  /** A text in quotes, so that spaces at its ends are visible. */
  static String quoted(String text) {
    var shown = new StringBuilder("\"");
    text.codePoints()
        .forEach(
            letter -> {
              if (letter == '"' || letter == '\\') {
                shown.append('\\').appendCodePoint(letter);
              } else {
                Printable.append(shown, letter);
              }
            });
    return shown.append('"').toString();
  }

  /** A message: line breaks and tabs stay, other invisible characters are written as escapes. */
  static String message(String text) {
    return Printable.message(text);
  }
}
