package dev.fresnel.cli;

import dev.fresnel.analysis.circuit.Composition;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.HeatMap;
import dev.fresnel.viz.TableNumbers;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The result of {@code composition}.
 *
 * @param pairs the strongest ones
 */
record CompositionDocument(String model, Composition found, List<Composition.Pair> pairs)
    implements Document {
  /** The fields of the JSON document: scores are [layer][head][later layer][head]. */
  private record Fields(String model, String kind, double[][][][] scores, List<Pair> pairs) {}

  /** Two heads by their labels. */
  private record Pair(String from, String to, double score) {}

  static CompositionDocument of(String model, Composition found, int top) {
    return new CompositionDocument(model, found, found.strongest(top));
  }

  @Override
  public Object json() {
    return new Fields(
        model,
        found.kind().name().toLowerCase(Locale.ROOT),
        found.toArray(),
        pairs.stream()
            .map(pair -> new Pair(pair.from().label(), pair.to().label(), pair.score()))
            .toList());
  }

  /** All pairs: too many for a terminal in most models. */
  @Override
  public Optional<Figure> wholeFigure() {
    return Optional.of(Figure.heatMap(HeatMap.of(found)));
  }

  @Override
  public String text() {
    var text = new StringBuilder();
    text.append(Visible.message(model)).append(": ").append(found.kind());
    text.append("-composition, the strongest pairs\n\n");
    var numbers = TableNumbers.of(pairs.stream().mapToDouble(Composition.Pair::score), 3);
    for (var pair : pairs) {
      var score = numbers.text(pair.score());
      text.append("  %-7s-> %-7s%6s%n".formatted(pair.from(), pair.to(), score));
    }
    if (pairs.isEmpty()) {
      text.append("  none: the model has one layer\n");
    }
    return text.toString();
  }
}
