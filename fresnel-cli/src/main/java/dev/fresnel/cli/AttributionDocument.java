package dev.fresnel.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.fresnel.analysis.Attribution;
import dev.fresnel.analysis.PositionAttribution;
import dev.fresnel.analysis.ScoredHead;
import dev.fresnel.analysis.ScoredNeuron;
import dev.fresnel.text.Token;
import dev.fresnel.viz.Bars;
import dev.fresnel.viz.Figure;
import dev.fresnel.viz.HeatMap;
import dev.fresnel.viz.Labels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@code attribute}.
 *
 * @param nextToken what really comes next; null for nothing
 * @param byPosition null where it was not asked for
 */
record AttributionDocument(
    String model,
    @JsonUnwrapped Attribution found,
    @Nullable Token nextToken,
    List<Neuron> neurons,
    @Nullable ByPosition byPosition)
    implements Document {
  private static final int STRONGEST = 6;

  /** How many parts stand behind each position. */
  private static final int STRONGEST_AT_A_POSITION = 3;

  /** One neuron with its share. */
  record Neuron(int layer, int neuron, String label, double score) {
    static Neuron of(ScoredNeuron each) {
      return new Neuron(each.layer(), each.neuron(), each.label(), each.score());
    }
  }

  /** The shares at every position of the text: scores are [part][position]. */
  record ByPosition(List<Token> tokens, List<String> parts, double[][] scores, double[] logits) {
    static ByPosition of(PositionAttribution all) {
      return new ByPosition(all.tokens(), all.parts(), all.scores(), all.logits());
    }
  }

  @Override
  public Optional<Figure> figure() {
    var heads = found.scores();
    var map =
        HeatMap.of(
            "heads", heads.toArray(), Labels.layers(heads.layers()), Labels.heads(heads.heads()));
    return Optional.of(Figure.heatMap(map.unit("logits").signed()));
  }

  /** The heads with what is not a head, then what else was asked for: a figure each. */
  @Override
  public List<Figure> wholeFigures() {
    var figures = new ArrayList<Figure>();
    figures.add(Figure.attribution(found));
    if (!neurons.isEmpty()) {
      var labels = neurons.stream().map(Neuron::label).toList();
      double[] values = neurons.stream().mapToDouble(Neuron::score).toArray();
      figures.add(Figure.bars(Bars.of("Neurons", labels, values).unit("logits")));
    }
    if (byPosition != null) {
      figures.add(
          Figure.heatMap(
              HeatMap.of(
                      "By position",
                      byPosition.scores(),
                      Labels.of("part", byPosition.parts()),
                      Labels.tokens("position", byPosition.tokens()))
                  .unit("logits")
                  .signed()
                  .caption("What each part adds to the same logit at every position.")));
    }
    return List.copyOf(figures);
  }

  @Override
  public String text() {
    var text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s, position %d, %s: the logit of %s is %.3f%n",
            Visible.message(model),
            found.position(),
            Visible.token(found.token()),
            what(),
            found.logit()));
    text.append("Share of each head (").append(found.method().label()).append("), in logits\n\n");
    text.append(HeadTable.of(found.scores().toArray())).append("\nstrongest\n");
    for (ScoredHead head : strongest()) {
      text.append(line(head.head().label(), head.score()));
    }
    if (!found.components().isEmpty()) {
      text.append("\nnot heads\n");
      found
          .components()
          .forEach(component -> text.append(line(component.name(), component.score())));
    }
    if (!neurons.isEmpty()) {
      text.append("\nneurons\n");
      neurons.forEach(neuron -> text.append(line(neuron.label(), neuron.score())));
    }
    if (byPosition != null) {
      text.append("\nby position: the logit, and the strongest parts\n");
      for (int at = 0; at < byPosition.logits().length; at++) {
        text.append(positionLine(at));
      }
    }
    return text.toString();
  }

  /** The logit in words. */
  private String what() {
    String next = found.target().equals(nextToken) ? ", which comes next," : "";
    String target = Visible.token(found.target()) + next;
    return found.minus() == null
        ? target
        : target + " less that of " + Visible.token(found.minus());
  }

  private String positionLine(int at) {
    var line =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "  %4d  %-16s%9.3f  ",
                at,
                Visible.token(byPosition.tokens().get(at)),
                byPosition.logits()[at]));
    IntStream.range(0, byPosition.parts().size())
        .boxed()
        .sorted(Comparator.comparingDouble(part -> -Math.abs(byPosition.scores()[part][at])))
        .limit(STRONGEST_AT_A_POSITION)
        .forEach(
            part ->
                line.append(
                    String.format(
                        Locale.ROOT,
                        " %s %.2f",
                        byPosition.parts().get(part),
                        byPosition.scores()[part][at])));
    return line.append('\n').toString();
  }

  private static String line(String name, double score) {
    return String.format(Locale.ROOT, "  %-10s%9.3f%n", name, score);
  }

  /** The heads with the largest scores of either sign. */
  private List<ScoredHead> strongest() {
    var heads = new ArrayList<>(found.scores().all());
    heads.sort(Comparator.comparingDouble(head -> -Math.abs(head.score())));
    return heads.subList(0, Math.min(STRONGEST, heads.size()));
  }
}
