package dev.fresnel.viz;

import dev.fresnel.text.Token;
import java.util.regex.Pattern;

/** A token's label as a page writes it: one line in which everything is visible. */
final class TokenText {
  /** The longest label, in characters. */
  private static final int LONGEST = 28;

  /** Characters that are invisible, that reorder text, or that look like a space. */
  private static final Pattern UNSEEN =
      Pattern.compile(
          "[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Co}\\p{Cs}\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000&&[^\\u200d]]");

  private TokenText() {}

  /** Space as a middle dot, line break as ↵, tab as →, other unseen characters as their code. */
  static String of(Token token) {
    var text = token.label();
    if (text.isEmpty()) {
      return "∅";
    }
    var marked = text.replace('\n', '↵').replace('\t', '→');
    // The spaces of ⟨E3 81⟩ are the label's own.
    var spaced = marked.startsWith("⟨") && marked.endsWith("⟩") ? marked : marked.replace(' ', '·');
    var seen =
        UNSEEN
            .matcher(spaced)
            .replaceAll(found -> "⟨%02X⟩".formatted(found.group().codePointAt(0)));
    return cut(seen, LONGEST);
  }

  /** The token after its position, which tells equal tokens apart: {@code 14 ·Mary}. */
  static String named(int position, Token token) {
    return position + " " + of(token);
  }

  /** A text of at most so many characters; a longer one ends in an ellipsis. */
  static String cut(String text, int most) {
    return text.codePointCount(0, text.length()) <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, Math.max(0, most - 1))) + "…";
  }

  /** How many letters of usual width a text is wide: ideographs and most emoji take two. */
  static int width(String text) {
    return text.codePoints().map(TokenText::width).sum();
  }

  private static int width(int point) {
    int type = Character.getType(point);
    if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK || point == 0x200d) {
      return 0;
    }
    boolean wide =
        point >= 0x1100 && point <= 0x115f
            || point >= 0x2e80 && point <= 0xa4cf
            || point >= 0xac00 && point <= 0xd7a3
            || point >= 0xf900 && point <= 0xfaff
            || point >= 0xfe30 && point <= 0xfe6f
            || point >= 0xff00 && point <= 0xff60
            || point >= 0xffe0 && point <= 0xffe6
            || point >= 0x1f300 && point <= 0x1faff
            || point >= 0x20000 && point <= 0x3fffd;
    return wide ? 2 : 1;
  }

  /** A text cut or filled with spaces to a width in a terminal. */
  static String fitted(String text, int width) {
    var shown = new StringBuilder();
    int used = 0;
    boolean whole = width(text) <= width;
    for (int at = 0; at < text.length(); at = text.offsetByCodePoints(at, 1)) {
      int point = text.codePointAt(at);
      if (used + width(point) > (whole ? width : width - 1)) {
        shown.append('…');
        used++;
        break;
      }
      shown.appendCodePoint(point);
      used += width(point);
    }
    return shown.append(" ".repeat(Math.max(0, width - used))).toString();
  }
}
