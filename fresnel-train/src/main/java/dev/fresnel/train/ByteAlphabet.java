package dev.fresnel.train;

/**
 * The characters in which a byte-level vocabulary is written, one for each byte: visible Latin-1
 * characters stand for themselves, the other bytes for characters from U+0100 on.
 */
final class ByteAlphabet {
  private ByteAlphabet() {}

  /** 256 characters, by the bytes that they stand for. */
  static String characters() {
    var characters = new StringBuilder();
    int next = 256;
    for (int value = 0; value < 256; value++) {
      boolean visible =
          value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xFF && value != 0xAD;
      characters.append(visible ? (char) value : (char) next++);
    }
    return characters.toString();
  }
}
