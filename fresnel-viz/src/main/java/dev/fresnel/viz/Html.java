package dev.fresnel.viz;

/** Writes text into HTML. */
final class Html {
  private Html() {}

  /** Escapes markup; characters that HTML forbids become U+FFFD. */
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
                default -> out.appendCodePoint(allowed(point) ? point : 0xfffd);
              }
            });
    return out.toString();
  }

  private static boolean allowed(int point) {
    return point == '\n'
        || point == '\t'
        || (point >= ' ' && point != 0x7f && (point < 0xd800 || point > 0xdfff));
  }
}
