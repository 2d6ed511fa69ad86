package dev.fresnel.text;

import java.util.function.Function;

/**
 * What the beginning of a long text tells, without tokenizing all of it.
 *
 * @param encode gives the ids of a text
 */
record Beginning(Function<String, int[]> encode) {
  /** Characters of a token in the longest texts that are read whole. */
  private static final int MANY_CHARS = 12;

  /** The most tokens that a word may have whose end was cut off. */
  private static final int CUT_WORD = 512;

  /** The tokens of the beginning, but for those that the cut may have made; 0 of a short text. */
  long least(String text, int context) {
    long length = MANY_CHARS * (context + 1L) + CUT_WORD;
    return text.length() <= length
        ? 0
        : Math.max(0, encode.apply(cut(text, length)).length - CUT_WORD);
  }

  /** Ids that begin as those of the whole text do, for a number of them; all of a short text. */
  int[] reaching(String text, int count) {
    for (long length = MANY_CHARS * (count + 1L) + CUT_WORD; length < text.length(); length *= 2) {
      int[] ids = encode.apply(cut(text, length));
      if (ids.length >= (long) count + CUT_WORD) {
        return ids;
      }
    }
    return encode.apply(text);
  }

  /** Cuts between two characters. */
  private static String cut(String text, long length) {
    int end = (int) length;
    return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end);
  }
}
