package dev.fresnel.viz;

import dev.fresnel.analysis.LogitLens;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.List;

/**
 * The widths of a lens's columns, in CSS pixels: each has room for its longest token, up to a
 * limit. A page's table has the same widths.
 *
 * @param stages the width of the stages' names
 * @param widths of each position
 */
record LensColumns(double stages, List<Double> widths) {
  /** The width of a letter: of 12 pixels, in common fonts whose letters have one width. */
  static final double LETTER = 7.5;

  /** Beside a token; the least and the greatest width of a column. */
  private static final double BESIDE = 15;

  private static final double LEAST = 34;
  private static final double MOST = 130;

  static LensColumns of(LogitLens lens) {
    var widths = new ArrayList<Double>();
    for (int at = 0; at < lens.tokens().size(); at++) {
      int letters = TokenText.width(TokenText.of(lens.tokens().get(at)));
      for (var stage : lens.predictions()) {
        for (var guess : stage.get(at).subList(0, Math.min(1, stage.get(at).size()))) {
          letters = Math.max(letters, TokenText.width(TokenText.of(guess.token())));
        }
      }
      widths.add(wide(letters));
    }
    int longest = lens.stages().stream().mapToInt(TokenText::width).max().orElse(0);
    return new LensColumns(wide(Math.max(longest, "after".length())), widths);
  }

  private static double wide(int letters) {
    return Math.ceil(Math.max(LEAST, Math.min(MOST, BESIDE + letters * LETTER)));
  }

  /** The widths of all columns of a table, the stages' first. */
  List<Double> all() {
    var all = new ArrayList<>(List.of(stages));
    all.addAll(widths);
    return all;
  }

  /** A token's text, cut to the width of a position's column. */
  String fitted(int at, Token token) {
    int most = (int) ((widths.get(at) - BESIDE) / LETTER);
    var text = TokenText.of(token);
    return TokenText.width(text) <= most ? text : TokenText.fitted(text, most).stripTrailing();
  }
}
