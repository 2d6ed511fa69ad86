package dev.fresnel.viz;

import dev.fresnel.analysis.LensTrajectory;
import dev.fresnel.analysis.LogitLens;
import dev.fresnel.analysis.Prediction;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * How the probabilities and ranks of a position's tokens change by stage, as a page shows them.
 *
 * @param after the position with its token
 * @param steps [stage]: the predictions of these tokens
 */
record LensWay(String after, List<List<Prediction>> steps, Lines probabilities, Lines ranks) {
  /** The widest lines of a lens, in CSS pixels. */
  private static final double WIDEST = 760;

  private static final double MARGIN = 24;

  /** The way of the last stage's likeliest token, and of the token that comes next. */
  static LensWay of(LogitLens lens, LensTrajectory trajectory, int position) {
    var tokens = lens.tokens();
    var next = position + 1 < tokens.size() ? tokens.get(position + 1) : null;
    var shown = new ArrayList<Token>();
    lens.predictions().get(lens.stages().size() - 1).get(position).stream()
        .limit(1)
        .forEach(guess -> shown.add(guess.token()));
    boolean followed =
        next != null
            && trajectory.chosen().get(0).get(position).stream()
                .anyMatch(each -> each.token().id() == next.id());
    if (followed && shown.stream().noneMatch(token -> token.id() == next.id())) {
      shown.add(next);
    }
    var names = new ArrayList<String>();
    for (var token : shown) {
      boolean comes = next != null && token.id() == next.id();
      names.add(TokenText.of(token) + (comes ? ", which comes next" : ""));
    }
    return new LensWay(
        position + " " + TokenText.of(tokens.get(position)),
        trajectory.chosen().stream()
            .map(stage -> stage.get(position))
            .map(each -> each.stream().filter(one -> isOf(shown, one.token())).toList())
            .toList(),
        lines(trajectory, position, shown, names, Prediction::probability),
        lines(trajectory, position, shown, names, Prediction::rank));
  }

  private static boolean isOf(List<Token> tokens, Token one) {
    return tokens.stream().anyMatch(token -> token.id() == one.id());
  }

  private static Lines lines(
      LensTrajectory trajectory,
      int position,
      List<Token> tokens,
      List<String> names,
      ToDoubleFunction<Prediction> number) {
    var series = new ArrayList<Lines.Series>();
    for (int i = 0; i < tokens.size(); i++) {
      int id = tokens.get(i).id();
      double[] values =
          trajectory.chosen().stream()
              .map(stage -> stage.get(position))
              .mapToDouble(
                  each ->
                      each.stream()
                          .filter(one -> one.token().id() == id)
                          .mapToDouble(number)
                          .findFirst()
                          .orElse(Double.NaN))
              .toArray();
      series.add(new Lines.Series(names.get(i), values));
    }
    return new Lines("way", Labels.of("stage", trajectory.stages()), series, "by stage");
  }

  /** A table: a line per stage, the probability and the rank of each token. */
  void text(Terminal terminal, StringBuilder out) {
    var title = "After " + after + ", by stage: probability and rank";
    out.append(TokenText.fitted(title, terminal.columns()).stripTrailing()).append('\n');
    var heads = new ArrayList<>(List.of("stage"));
    for (var series : probabilities.series()) {
      heads.add(series.name());
      heads.add("rank");
    }
    var rows = new ArrayList<List<String>>();
    for (int stage = 0; stage < steps.size(); stage++) {
      var row = new ArrayList<>(List.of(ranks.along().texts().get(stage)));
      for (int i = 0; i < ranks.series().size(); i++) {
        row.add(TokensText.number(probabilities.series().get(i).values()[stage]));
        double rank = ranks.series().get(i).values()[stage];
        row.add(Double.isNaN(rank) ? "" : Long.toString(Math.round(rank)));
      }
      rows.add(row);
    }
    TextTable.write(heads, rows, terminal.columns(), out);
  }

  /** Lines of the probabilities, and of the ranks. */
  Stream<Drawing> drawings(double width, Theme theme) {
    double wide = Math.min(width, WIDEST + 2 * MARGIN);
    return Stream.of(
        new LinesDrawing(
            probabilities,
            "Probability after %s, by stage".formatted(after),
            LinesDrawing.Vertical.SHARES,
            wide,
            theme),
        new LinesDrawing(
            ranks,
            "Rank after %s, by stage".formatted(after),
            LinesDrawing.Vertical.RANKS,
            wide,
            theme));
  }
}
