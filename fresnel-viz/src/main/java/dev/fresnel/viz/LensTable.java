package dev.fresnel.viz;

import dev.fresnel.analysis.LogitLens;
import dev.fresnel.analysis.Prediction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A logit lens as lines of CSV: one per stage, position and predicted token. */
final class LensTable {
  private LensTable() {}

  /**
   * @param way of the tokens that are followed at the pinned position: they have a line at every
   *     stage, and the table a last column that tells them apart; null for none
   */
  static void write(LogitLens lens, int pinned, @Nullable LensWay way, Csv csv) {
    var heads =
        List.of("stage", "position", "token", "rank", "next_id", "next", "logit", "probability");
    csv.line(with(heads, way, "followed").toArray());
    for (int stage = 0; stage < lens.stages().size(); stage++) {
      for (int at = 0; at < lens.tokens().size(); at++) {
        var guesses = new ArrayList<>(lens.predictions().get(stage).get(at));
        var followed = way == null || at != pinned ? List.<Prediction>of() : way.steps().get(stage);
        followed.stream().filter(one -> !has(guesses, one)).forEach(guesses::add);
        guesses.sort(Comparator.comparingInt(Prediction::rank));
        for (var guess : guesses) {
          List<Object> line =
              List.of(
                  lens.stages().get(stage),
                  at,
                  lens.tokens().get(at).label(),
                  guess.rank(),
                  guess.token().id(),
                  guess.token().label(),
                  guess.logit(),
                  guess.probability());
          csv.line(with(line, way, has(followed, guess)).toArray());
        }
      }
    }
  }

  private static boolean has(List<Prediction> predictions, Prediction one) {
    return predictions.stream().anyMatch(each -> each.token().id() == one.token().id());
  }

  private static List<Object> with(List<?> line, @Nullable LensWay way, Object last) {
    var all = new ArrayList<Object>(line);
    if (way != null) {
      all.add(last);
    }
    return all;
  }
}
