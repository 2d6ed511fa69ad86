package dev.fresnel.cli;

import dev.fresnel.analysis.circuit.Composition;
import dev.fresnel.model.Transformer;
import java.util.List;
import java.util.Locale;

/** The result of {@code composition}: scores are [layer][head][later layer][head]. */
record CompositionDocument(String model, String kind, double[][][][] scores, List<Pair> pairs)
    implements Document {
  /** Two heads by their labels. */
  record Pair(String from, String to, double score) {}

  static CompositionDocument of(Transformer model, Composition found, int top) {
    return new CompositionDocument(
        model.config().name(),
        found.kind().name().toLowerCase(Locale.ROOT),
        found.toArray(),
        found.strongest(top).stream()
            .map(pair -> new Pair(pair.from().label(), pair.to().label(), pair.score()))
            .toList());
  }

  @Override
  public String text() {
    var text = new StringBuilder();
    text.append(Visible.message(model)).append(": ").append(kind.toUpperCase(Locale.ROOT));
    text.append("-composition, the strongest pairs\n\n");
    for (Pair pair : pairs) {
      text.append(
          String.format(Locale.ROOT, "  %-7s-> %-7s%6.3f%n", pair.from(), pair.to(), pair.score()));
    }
    if (pairs.isEmpty()) {
      text.append("  none: the model has one layer\n");
    }
    return text.toString();
  }
}
