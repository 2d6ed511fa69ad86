package dev.fresnel.cli;

import dev.fresnel.text.Token;

/**
 * Makes text safe for a terminal: invisible characters, and those that could control the terminal,
 * are written as escapes.
 */
final class Visible {
  private Visible() {}

  /** A token: {@code " Mary"}, {@code "\n"}; {@code #339} where the model has no tokenizer. */
  static String token(Token token) {
    return token.text() == null ? token.label() : quoted(token.text());
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
                append(shown, letter);
              }
            });
    return shown.append('"').toString();
  }

  /** A message: line breaks and tabs stay, other invisible characters are written as escapes. */
  static String message(String text) {
    var shown = new StringBuilder();
    text.codePoints()
        .forEach(
            letter -> {
              if (letter == '\n' || letter == '\t') {
                shown.appendCodePoint(letter);
              } else {
                append(shown, letter);
              }
            });
    return shown.toString();
  }

  private static void append(StringBuilder shown, int letter) {
    switch (letter) {
      case '\n' -> shown.append("\\n");
      case '\r' -> shown.append("\\r");
      case '\t' -> shown.append("\\t");
      default -> {
        if (isSeen(letter)) {
          shown.appendCodePoint(letter);
        } else {
          shown.append(String.format(letter > 0xffff ? "\\u{%x}" : "\\u%04x", letter));
        }
      }
    }
  }

  /** Whether a character is one that a reader sees. */
  static boolean isSeen(int letter) {
    return switch (Character.getType(letter)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> letter == ' ';
      default -> true;
    };
  }
}
