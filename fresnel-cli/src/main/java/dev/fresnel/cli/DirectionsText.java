package dev.fresnel.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.fresnel.analysis.circuit.SingularVectors;
import dev.fresnel.analysis.circuit.SingularVectors.Direction;
import dev.fresnel.analysis.circuit.SingularVectors.Reading;
import dev.fresnel.text.Token;
import dev.fresnel.viz.TableNumbers;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** Directions and their tokens, as JSON and as text. */
final class DirectionsText {
  private DirectionsText() {}

  /** A direction's fields. */
  record Written(double value, List<Read> raised, List<Read> lowered) {
    private static Written of(Direction direction) {
      return new Written(
          direction.value(),
          direction.raised().stream().map(Read::of).toList(),
          direction.lowered().stream().map(Read::of).toList());
    }
  }

  /** A token's fields. */
  record Read(@JsonUnwrapped Token token, double logit) {
    private static Read of(Reading reading) {
      return new Read(reading.token(), reading.logit());
    }
  }

  static List<Written> json(SingularVectors.Table table) {
    return table.directions().stream().map(Written::of).toList();
  }

  static void append(StringBuilder text, SingularVectors.Table table) {
    for (int i = 0; i < table.directions().size(); i++) {
      var direction = table.directions().get(i);
      var stretched = TableNumbers.of(DoubleStream.of(direction.value()), 3);
      text.append("%ndirection %d, stretched %s%n".formatted(i, stretched.text(direction.value())));
      var logits =
          TableNumbers.of(
              Stream.concat(direction.raised().stream(), direction.lowered().stream())
                  .mapToDouble(Reading::logit),
              3);
      text.append("     logit  raised               logit  lowered\n");
      for (int line = 0; line < direction.raised().size(); line++) {
        var raised = direction.raised().get(line);
        var lowered = direction.lowered().get(line);
        text.append(
            "%10s  %s %9s  %s%n"
                .formatted(
                    logits.text(raised.logit()),
                    padded(Visible.token(raised.token())),
                    logits.text(lowered.logit()),
                    Visible.token(lowered.token())));
      }
    }
  }

  /** At least as wide as most tokens. */
  static String padded(String token) {
    return String.format("%-16s", token);
  }
}
