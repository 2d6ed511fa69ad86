package dev.fresnel.train;

import dev.fresnel.error.FresnelException;
import dev.fresnel.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A text as token ids, parted by a fixed rule: of its stretches of 1,000 tokens every 40th, from
 * the 20th on, is held out, and the others are joined to train on. A text of fewer than 40,000
 * tokens holds out its last twentieth.
 *
 * @param training the ids to train on
 * @param heldOut ids that no batch holds
 */
public record Corpus(int[] training, int[] heldOut) {
  private static final int STRETCH = 1000;
  private static final int EVERY = 40;
  private static final int PIECE = 1 << 15;

  /**
   * @throws FresnelException if the text is empty
   */
  public static Corpus of(String text, Tokenizer tokenizer) {
    if (text.isBlank()) {
      throw new FresnelException("the text to train on is empty; give a file with text in it");
    }
    var pieces = new ArrayList<int[]>();
    for (int from = 0; from < text.length(); ) {
      int to = end(text, from);
      pieces.add(tokenizer.encode(text.substring(from, to)));
      from = to;
    }
    return of(joined(pieces));
  }

  /**
   * Tokenizers read a text piece by piece: pieces end with a line whose end stands between two
   * letters.
   */
  private static int end(String text, int from) {
    for (int i = from + PIECE; i < text.length(); i++) {
      if (text.charAt(i - 1) == '\n'
          && !Character.isWhitespace(text.charAt(i))
          && !Character.isWhitespace(text.charAt(i - 2))) {
        return i;
      }
    }
    return text.length();
  }

  /** The same of ids. */
  public static Corpus of(int[] ids) {
    if (ids.length < STRETCH * EVERY) {
      int cut = ids.length - ids.length / 20;
      return new Corpus(Arrays.copyOf(ids, cut), Arrays.copyOfRange(ids, cut, ids.length));
    }
    var training = new ArrayList<int[]>();
    var heldOut = new ArrayList<int[]>();
    for (int stretch = 0; stretch * STRETCH < ids.length; stretch++) {
      int from = stretch * STRETCH;
      int[] part = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + STRETCH));
      (stretch % EVERY == EVERY / 2 ? heldOut : training).add(part);
    }
    return new Corpus(joined(training), joined(heldOut));
  }

  private static int[] joined(List<int[]> parts) {
    return parts.stream().flatMapToInt(Arrays::stream).toArray();
  }
}
