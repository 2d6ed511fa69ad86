package dev.fresnel.cli;

import dev.fresnel.text.Token;

/**
 * Text made safe for a terminal: what cannot be seen, or could steer the terminal, is written out.
 */
final class Visible {
  private Visible() {}

  /** {@code " Mary"}, {@code "\n"}; {@code #339} where the model has no tokenizer. */
  static String token(Token token) {
    return token.text() == null ? token.label() : quoted(token.text());
  }

  /** In quotes, so that spaces at the ends can be seen. */
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

  /** A message of several lines: line ends stay, everything else unseen is written out. */
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

  private static boolean isSeen(int letter) {
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
