package dev.fresnel.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.circuit.CircuitEigenvalues;
import dev.fresnel.analysis.circuit.CircuitKind;
import dev.fresnel.analysis.circuit.SingularVectors;
import dev.fresnel.analysis.circuit.SingularVectors.Direction;
import dev.fresnel.analysis.circuit.SingularVectors.Reading;
import dev.fresnel.analysis.circuit.TokenBlock;
import dev.fresnel.analysis.circuit.TokenPairs;
import dev.fresnel.text.Token;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.HeatMap;
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
      @Nullable List<Written> directions) {}

  /** A direction that a head writes. */
  private record Written(double value, List<Read> raised, List<Read> lowered) {
    static Written of(Direction direction) {
      return new Written(
          direction.value(),
          direction.raised().stream().map(Read::of).toList(),
          direction.lowered().stream().map(Read::of).toList());
    }
  }

  private record Read(@JsonUnwrapped Token token, double logit) {
    static Read of(Reading reading) {
      return new Read(reading.token(), reading.logit());
    }
  }

  @Override
  public Object json() {
    return new Fields(
        model,
        kind.name().toLowerCase(Locale.ROOT),
        head.label(),
        eigenvalues.score(),
        eigenvalues.all(),
        block == null ? null : block.pairs(),
        directions == null ? null : directions.directions().stream().map(Written::of).toList());
  }

  /** The tokens of the greatest pairs beside each other: wider than most terminals. */
  @Override
  public Optional<Figure> wholeFigure() {
    if (block != null) {
      return Optional.of(Figure.heatMap(HeatMap.of(block)));
    }
    return Optional.ofNullable(directions)
        .map(table -> Figure.heatMap(HeatMap.of(table)).titled("What " + head + " writes"));
  }

  @Override
  public String text() {
    var text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%s: %s circuit of %s, from token to token%n"
                    + "eigenvalues: their sum is %.3f of that of their magnitudes (%s: 1)%n",
                Visible.message(model),
                kind,
                head,
                eigenvalues.score(),
                kind == CircuitKind.OV ? "copies every token" : "every token looks for itself"));
    if (block != null) {
      pairs(text, block.pairs());
    }
    if (directions != null) {
      directions(text, directions.directions());
    }
    return text.toString();
  }

  private void pairs(StringBuilder text, List<TokenPairs.Pair> pairs) {
    text.append(
        kind == CircuitKind.OV
            ? "\nattending to a token raises the logit of another\n"
            : "\na token looks for another: query times key\n");
    for (var pair : pairs) {
      text.append(String.format(Locale.ROOT, "%10.3f  ", pair.value()))
          .append(padded(Visible.token(pair.from())))
          .append(" -> ")
          .append(Visible.token(pair.to()))
          .append('\n');
    }
  }

  private static void directions(StringBuilder text, List<Direction> directions) {
    for (int i = 0; i < directions.size(); i++) {
      var direction = directions.get(i);
      text.append(
          String.format(Locale.ROOT, "%ndirection %d, stretched %.3f%n", i, direction.value()));
      text.append("     logit  raised               logit  lowered\n");
      for (int line = 0; line < direction.raised().size(); line++) {
        var raised = direction.raised().get(line);
        var lowered = direction.lowered().get(line);
        text.append(
                String.format(
                    Locale.ROOT,
                    "%10.3f  %s",
                    raised.logit(),
                    padded(Visible.token(raised.token()))))
            .append(String.format(Locale.ROOT, " %9.3f  ", lowered.logit()))
            .append(Visible.token(lowered.token()))
            .append('\n');
      }
    }
  }

  /** At least as wide as most tokens. */
  private static String padded(String token) {
    return String.format("%-16s", token);
  }
}
