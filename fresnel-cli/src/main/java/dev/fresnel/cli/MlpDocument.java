package dev.fresnel.cli;

import dev.fresnel.analysis.circuit.SingularVectors;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.HeatMap;
import java.util.List;
import java.util.Optional;

/**
 * The result of {@code circuit --mlp}.
 *
 * @param reads whether W_in was read; else W_out
 */
record MlpDocument(String model, boolean reads, int layer, SingularVectors.Table directions)
    implements Document {
  /** The fields of the JSON document. */
  private record Fields(
      String model, String what, int layer, List<DirectionsText.Written> directions) {}

  @Override
  public Object json() {
    return new Fields(model, reads ? "w_in" : "w_out", layer, DirectionsText.json(directions));
  }

  /** A column per direction: wider than most terminals. */
  @Override
  public Optional<Figure> wholeFigure() {
    return Optional.of(
        Figure.heatMap(
            HeatMap.of(directions)
                .name(
                    "what the MLP of layer %d %s, read through the unembedding"
                        .formatted(layer, reads ? "reads" : "writes"))));
  }

  @Override
  public String text() {
    var text =
        new StringBuilder(
            "%s: the directions that the MLP of layer %d %s most (%s),%nread through the unembedding%n"
                .formatted(
                    Visible.message(model),
                    layer,
                    reads ? "reads" : "writes",
                    reads ? "W_in" : "W_out"));
    DirectionsText.append(text, directions);
    return text.toString();
  }
}
