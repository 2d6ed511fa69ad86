package dev.fresnel.train;

import dev.fresnel.error.FresnelException;
import dev.fresnel.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A text as token ids, divided by a fixed rule into ids to train on and ids that are held out. Of
 * every 40 stretches of 1,000 tokens one in the middle is held out. Of a text with fewer than
 * 40,000 tokens the last twentieth is held out.
 *
 * @param training the ids to train on
 * @param heldOut the ids that no batch holds
 */
public record Corpus(int[] training, int[] heldOut) {
  /** Tokens per stretch. */
  private static final int STRETCH = 1000;

  /** One stretch in 40 is held out: 2.5 % of the text. */
  private static final int EVERY = 40;

  /** The least length of a piece that is tokenized at once, in characters. */
  private static final int PIECE = 1 << 15;

  public Corpus {
    training = training.clone();
    heldOut = heldOut.clone();
  }

  /** A copy. */
  @Override
  public int[] training() {
    return training.clone();
  }

  /** A copy. */
  @Override
  public int[] heldOut() {
    return heldOut.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Corpus corpus
        && Arrays.equals(training, corpus.training)
        && Arrays.equals(heldOut, corpus.heldOut);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(training) + Arrays.hashCode(heldOut);
  }

  /**
   * Divides a text.
   *
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
   * Where a piece of the text ends, for a tokenizer to read: behind a line break between two
   * characters that are not white space, so that no token is cut.
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

  /** Divides a text that is tokenized already. */
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

  @Override
  public String toString() {
    return "Corpus of %d tokens and %d held out".formatted(training.length, heldOut.length);
  }
}
