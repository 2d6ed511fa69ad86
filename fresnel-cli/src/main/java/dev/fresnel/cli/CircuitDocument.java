package dev.fresnel.cli;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.circuit.CircuitEigenvalues;
import dev.fresnel.analysis.circuit.CircuitKind;
import dev.fresnel.analysis.circuit.SingularVectors;
import dev.fresnel.analysis.circuit.TokenBlock;
import dev.fresnel.analysis.circuit.TokenPairs;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.HeatMap;
import dev.fresnel.viz.TableNumbers;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@code circuit --head}.
 *
 * @param block null where directions were asked for
 * @param directions null where pairs were asked for
 */
record CircuitDocument(
    String model,
    CircuitKind kind,
    HeadId head,
    CircuitEigenvalues eigenvalues,
    @Nullable TokenBlock block,
    SingularVectors.@Nullable Table directions)
    implements Document {
  /** The fields of the JSON document. */
  private record Fields(
      String model,
      String what,
      String head,
      double score,
      List<CircuitEigenvalues.Eigenvalue> eigenvalues,
      @Nullable List<TokenPairs.Pair> pairs,
      @Nullable List<DirectionsText.Written> directions) {}

  @Override
  public Object json() {
    return new Fields(
        model,
        kind.name().toLowerCase(Locale.ROOT),
        head.label(),
        eigenvalues.score(),
        eigenvalues.all(),
        block == null ? null : block.pairs(),
        directions == null ? null : DirectionsText.json(directions));
  }

  /** The tokens of the greatest pairs beside each other: wider than most terminals. */
  @Override
  public Optional<Figure> wholeFigure() {
    if (block != null) {
      return Optional.of(Figure.heatMap(HeatMap.of(block)));
    }
    return Optional.ofNullable(directions)
        .map(
            table ->
                Figure.heatMap(
                    HeatMap.of(table)
                        .name("what " + head + " writes, read through the unembedding")));
  }

  @Override
  public String text() {
    var text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%s: %s circuit of %s, from token to token%neigenvalues: %s%n",
                Visible.message(model),
                kind,
                head,
                sum()));
    if (block != null) {
      pairs(text, block.pairs());
    }
    if (directions != null) {
      DirectionsText.append(text, directions);
    }
    return text.toString();
  }

  /** What the eigenvalues add up to, in words. */
  private String sum() {
    if (Double.isNaN(eigenvalues.score())) {
      return "all are 0";
    }
    return String.format(
        Locale.ROOT,
        "their sum is %.3f of that of their magnitudes (%s: 1)",
        eigenvalues.score(),
        kind == CircuitKind.OV ? "copies every token" : "every token looks for itself");
  }

  private void pairs(StringBuilder text, List<TokenPairs.Pair> pairs) {
    text.append(
        kind == CircuitKind.OV
            ? "\nattending to a token raises the logit of another\n"
            : "\na token looks for another: query times key\n");
    var numbers = TableNumbers.of(pairs.stream().mapToDouble(TokenPairs.Pair::value), 3);
    for (var pair : pairs) {
      text.append("%10s  ".formatted(numbers.text(pair.value())))
          .append(DirectionsText.padded(Visible.token(pair.from())))
          .append(" -> ")
          .append(Visible.token(pair.to()))
          .append('\n');
    }
  }
}
