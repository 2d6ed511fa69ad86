package dev.fresnel.viz;

import dev.fresnel.analysis.LogitLens;
import java.util.List;

/** A logit lens as text: the likeliest token of each cell, coloured by its probability. */
final class LensText {
  /** The widest column, in characters. */
  private static final int WIDEST = 12;

  private LensText() {}

  static void write(LogitLens lens, Terminal terminal, StringBuilder out) {
    int left = 1 + lens.stages().stream().mapToInt(TokenText::width).max().orElse(0);
    int from = 0;
    while (from < lens.tokens().size()) {
      int to = from;
      int used = left;
      while (to < lens.tokens().size()
          && (to == from || used + wide(lens, to) <= terminal.columns())) {
        used += wide(lens, to++);
      }
      out.append(from == 0 ? "" : "\n");
      band(lens, from, to, left, terminal, out);
      from = to;
    }
    if (terminal.colours() != Terminal.Colours.NONE) {
      var legend = Legend.linear(Ramp.ofShares(terminal.theme()), "probability", 0, 1);
      out.append(new Ansi(terminal).legend(legend)).append('\n');
    }
  }

  private static int wide(LogitLens lens, int at) {
    int wide = TokenText.width(TokenText.of(lens.tokens().get(at)));
    for (var stage : lens.predictions()) {
      wide = Math.max(wide, TokenText.width(token(stage.get(at))));
    }
    return 1 + Math.min(WIDEST, wide);
  }

  private static String token(List<dev.fresnel.analysis.Prediction> guesses) {
    return guesses.isEmpty() ? "" : TokenText.of(guesses.get(0).token());
  }

  private static void band(
      LogitLens lens, int from, int to, int left, Terminal terminal, StringBuilder out) {
    boolean plain = terminal.colours() == Terminal.Colours.NONE;
    var ansi = new Ansi(terminal);
    var ramp = Ramp.ofShares(terminal.theme());
    var head = new StringBuilder(" ".repeat(left));
    for (int at = from; at < to; at++) {
      head.append(TokenText.fitted(TokenText.of(lens.tokens().get(at)), wide(lens, at) - 1));
      head.append(' ');
    }
    out.append(head.toString().stripTrailing()).append('\n');
    for (int stage = 0; stage < lens.stages().size(); stage++) {
      var line =
          new StringBuilder(TokenText.fitted(lens.stages().get(stage), left - 1)).append(' ');
      for (int at = from; at < to; at++) {
        var guesses = lens.predictions().get(stage).get(at);
        var text = TokenText.fitted(token(guesses), wide(lens, at) - 1);
        if (plain || guesses.isEmpty()) {
          line.append(text);
        } else {
          double place = guesses.get(0).probability();
          line.append(ansi.background(ramp.colour(place))).append(ansi.ink(ramp.ink(place)));
          line.append(text).append(Ansi.RESET);
        }
        line.append(' ');
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
  }
}
