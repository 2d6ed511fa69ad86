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
 */
record LensWay(String after, Lines probabilities, Lines ranks) {
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
        lines(trajectory, position, shown, names, Prediction::probability),
        lines(trajectory, position, shown, names, Prediction::rank));
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
