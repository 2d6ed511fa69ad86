package dev.fresnel.error;

/**
 * Makes text from elsewhere safe to print: characters that are invisible, or that could control a
 * terminal or turn the direction of what follows, are written as escapes.
 */
public final class Printable {
  private Printable() {}

  /** A text whose line breaks and tabs stay, for a message of several lines. */
  public static String message(String text) {
    var shown = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            letter -> {
              if (letter == '\n' || letter == '\t') {
                shown.append((char) letter);
              } else {
                append(shown, letter);
              }
            });
    return shown.toString();
  }

  /** Appends one character, or its escape: a backslash and a letter, or u and its code. */
  public static void append(StringBuilder shown, int letter) {
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

  /** Whether a character is one that a reader sees; of spaces, only the usual one. */
  public static boolean isSeen(int letter) {
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
