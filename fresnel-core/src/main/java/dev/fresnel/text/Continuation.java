package dev.fresnel.text;

import dev.fresnel.error.FresnelException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The ids of a text that continues another one. Many tokenizers put a space before each text, so
 * that it begins a word; a text that goes on after another has only the spaces that it holds.
 *
 * @param encode gives the ids of a text alone
 */
record Continuation(Function<String, int[]> encode, Pieces pieces) {
  /** What stands for a space in a text: a sentencepiece tokenizer reads both alike. */
  private static final String IN_TEXTS = " ▁";

  /** What stands for a space in a piece: of added tokens, sentencepiece and byte-level BPE. */
  private static final String IN_PIECES = " ▁Ġ";

  /** Texts that can be continued; a vocabulary may lack some, or join one to what follows. */
  private static final List<String> BEGINNINGS = List.of("\n", ".", ",", "\"", "(", "1", "a", "z");

  int[] of(String text) {
    int[] alone = encode.apply(text);
    int spaces = spaces(text, IN_TEXTS);
    if (marks(alone) == spaces) {
      return alone;
    }
    if (spaces > 0) {
      int[] withOneLess = encode.apply(text.substring(1));
      return marks(withOneLess) == spaces ? withOneLess : alone;
    }
    for (String beginning : BEGINNINGS) {
      int[] rest = after(beginning, text);
      if (rest != null && marks(rest) == 0) {
        return rest;
      }
    }
    return alone;
  }

  /** What follows the ids of the beginning; null where they are not those of both texts. */
  private int @Nullable [] after(String beginning, String text) {
    try {
      int[] first = encode.apply(beginning);
      int[] both = encode.apply(beginning + text);
      return both.length > first.length && Arrays.mismatch(first, both) == first.length
          ? Arrays.copyOfRange(both, first.length, both.length)
          : null;
    } catch (FresnelException unknownText) {
      return null;
    }
  }

  private static int spaces(String text, String kinds) {
    int count = 0;
    while (count < text.length() && kinds.indexOf(text.charAt(count)) >= 0) {
      count++;
    }
    return count;
  }

  /** The spaces with which the pieces of some ids begin. */
  private int marks(int[] ids) {
    int count = 0;
    for (int id : ids) {
      String piece = pieces.of(id);
      int own = piece == null ? 0 : spaces(piece, IN_PIECES);
      count += own;
      if (piece == null || own < piece.length()) {
        break;
      }
    }
    return count;
  }
}
