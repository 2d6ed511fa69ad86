package dev.fresnel.viz;

/** Writes text into HTML. */
final class Html {
  private Html() {}

  /**
   * Escapes markup. Characters that HTML or XML forbids, that control a terminal or that change the
   * direction of what follows are written as a backslash, u and their code.
   */
  static String escaped(String text) {
    var out = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            point -> {
              switch (point) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> {
                  if (allowed(point)) {
                    out.appendCodePoint(point);
                  } else {
                    out.append(String.format("\\u%04x", point));
                  }
                }
              }
            });
    return out.toString();
  }

  private static boolean allowed(int point) {
    boolean control =
        point < ' ' && point != '\n' && point != '\t' || point >= 0x7f && point < 0xa0;
    boolean surrogate = point >= 0xd800 && point <= 0xdfff;
    boolean noCharacter = (point & 0xfffe) == 0xfffe || point >= 0xfdd0 && point <= 0xfdef;
    return !control && !surrogate && !noCharacter && !turns(point);
  }

  /** Whether a character makes what follows run from right to left, or from left to right. */
  private static boolean turns(int point) {
    return point >= 0x202a && point <= 0x202e || point >= 0x2066 && point <= 0x2069;
  }
}
