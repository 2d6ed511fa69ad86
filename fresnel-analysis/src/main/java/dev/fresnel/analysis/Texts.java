package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Run;

/** Checks of what an analysis is asked about. */
final class Texts {
  private Texts() {}

  static void require(Run run, int text) {
    int batch = run.tokens().batch();
    if (text < 0 || text >= batch) {
      throw new FresnelException(
          "there is no text %d: the run holds %d, counted from 0 to %d"
              .formatted(text, batch, batch - 1));
    }
  }

  /** Analyses of attention and of positions read a text from its first token. */
  static void requireFromTheStart(Run run) {
    run.past()
        .ifPresent(
            past -> {
              throw new FresnelException(
                  "this analysis reads whole texts, the run continued from "
                      + past.length()
                      + " positions; run the whole text at once");
            });
  }

  /** Analyses that label their results with tokens read one text at a time. */
  static void requireOne(Run run) {
    if (run.tokens().batch() != 1) {
      throw new FresnelException(
          "this analysis reads one text, the run holds "
              + run.tokens().batch()
              + "; run them one by one");
    }
  }

  /**
   * @throws FresnelException if the position is not in the text, or is the last, which has no next
   *     token
   */
  static void requireNext(Run run, int position) {
    int length = run.tokens().length();
    if (length < 2) {
      throw new FresnelException(
          "a text of one token has no position with a next token; give a longer text");
    }
    if (position < 0 || position >= length - 1) {
      throw new FresnelException(
          "position "
              + position
              + " has no next token: the text has "
              + length
              + " tokens, so choose a position from 0 to "
              + (length - 2));
    }
  }
}
