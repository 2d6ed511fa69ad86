package dev.fresnel.cli;

import dev.fresnel.viz.Figure;
import dev.fresnel.viz.HeatMap;
import dev.fresnel.viz.Labels;
import java.util.Arrays;
import java.util.Optional;

/**
 * The result of {@code circuit} without a head.
 *
 * @param scores [layer][head], from -1 to 1; NaN for a head that writes nothing
 */
record CopyingDocument(String model, String what, double[][] scores) implements Document {
  @Override
  public Optional<Figure> figure() {
    var rows = Labels.layers(scores.length);
    var map = HeatMap.of("copying", scores, rows, Labels.heads(scores[0].length));
    return Optional.of(
        Figure.heatMap(
            map.unit("score")
                .signed()
                .caption(
                    "Whether attending to a token raises that token's logit (1) or lowers it (-1),"
                        + " by each head's weights alone.")));
  }

  @Override
  public String text() {
    return Visible.message(model)
        + ": how much each head copies: whether attending to a token raises\n"
        + "that token's logit (1), or lowers it (-1)\n\n"
        + HeadTable.of(scores)
        + (Arrays.stream(scores).flatMapToDouble(Arrays::stream).anyMatch(Double::isNaN)
            ? "\nNaN: the head writes nothing\n"
            : "");
  }
}
