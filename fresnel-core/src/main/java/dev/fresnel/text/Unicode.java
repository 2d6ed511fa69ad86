package dev.fresnel.text;

/** Facts about texts that the native code needs. */
final class Unicode {
  private Unicode() {}

  /** Whether a text has no half of a surrogate pair, which has no UTF-8 encoding. */
  static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!Character.isSurrogate(text.charAt(i))) {
        continue;
      }
      if (!Character.isHighSurrogate(text.charAt(i))
          || i + 1 == text.length()
          || !Character.isLowSurrogate(text.charAt(i + 1))) {
        return false;
      }
      i++;
    }
    return true;
  }

  /** The number of bytes of a text's UTF-8 encoding. */
  static long bytes(String text) {
    long bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // Both halves of a surrogate pair together take four bytes.
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }
}
