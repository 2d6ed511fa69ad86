package dev.fresnel.viz;

import dev.fresnel.analysis.circuit.CircuitKind;
import dev.fresnel.analysis.circuit.SingularVectors;
import dev.fresnel.analysis.circuit.TokenBlock;
import dev.fresnel.text.Token;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The heat maps of what a head does from token to token. */
final class CircuitMap {
  private CircuitMap() {}

  static HeatMap of(TokenBlock block) {
    boolean looks = block.kind() == CircuitKind.QK;
    return HeatMap.of(
            "%s circuit of %s".formatted(block.kind(), block.head()),
            block.values(),
            labels("from", block.from()),
            labels("to", block.to()))
        .unit(looks ? "query times key" : "logits")
        .signed()
        .caption(
            looks
                ? "How much a row's token looks for a column's, by the head's weights alone."
                : "What attending to a row's token adds to the logit of a column's, by the head's"
                    + " weights alone.");
  }

  static HeatMap of(SingularVectors.Table table) {
    var directions =
        IntStream.range(0, table.directions().size())
            .mapToObj(
                i -> String.format(Locale.ROOT, "%d: %.3g", i, table.directions().get(i).value()))
            .toList();
    return HeatMap.of(
            "directions read through the unembedding",
            table.logits(),
            labels("token", table.tokens()),
            Labels.of("direction", directions))
        .unit("logits")
        .signed()
        .caption(
            "What a column's direction, at length 1, adds to the logit of a row's token. A"
                + " direction's name is its number and its singular value.");
  }

  private static Labels labels(String title, List<Token> tokens) {
    return Labels.of(title, tokens.stream().map(TokenText::of).toList());
  }
}
