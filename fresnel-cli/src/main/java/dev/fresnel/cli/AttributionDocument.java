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
import dev.fresnel.viz.TableNumbers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@code attribute}.
 *
 * @param nextToken the token after the position; null behind the last
 * @param byPosition the shares at every position; null unless they were asked for
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
            "%s, position %d, %s: the logit of %s is %s%n",
            Visible.message(model),
            found.position(),
            Visible.token(found.token()),
            what(),
            numbers(DoubleStream.of(found.logit())).text(found.logit())));
    text.append("Share of each head (").append(found.method().label()).append("), in logits\n\n");
    text.append(HeadTable.of(found.scores().toArray())).append("\nstrongest\n");
    var heads = strongest();
    var numbers =
        numbers(
            DoubleStream.concat(
                heads.stream().mapToDouble(ScoredHead::score),
                found.components().stream().mapToDouble(Attribution.Component::score)));
    for (ScoredHead head : heads) {
      text.append(line(head.head().label(), numbers.text(head.score())));
    }
    if (!found.components().isEmpty()) {
      text.append("\nnot heads\n");
      found
          .components()
          .forEach(each -> text.append(line(each.name(), numbers.text(each.score()))));
    }
    if (!neurons.isEmpty()) {
      text.append("\nneurons\n");
      var shares = numbers(neurons.stream().mapToDouble(Neuron::score));
      neurons.forEach(each -> text.append(line(each.label(), shares.text(each.score()))));
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
    var scores = byPosition.scores();
    var strongest =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble(part -> -Math.abs(scores[part][at])))
            .limit(STRONGEST_AT_A_POSITION)
            .toList();
    double logit = byPosition.logits()[at];
    var line =
        new StringBuilder(
            "  %4d  %-16s%9s  "
                .formatted(
                    at,
                    Visible.token(byPosition.tokens().get(at)),
                    numbers(DoubleStream.of(logit)).text(logit)));
    var shares = TableNumbers.of(strongest.stream().mapToDouble(part -> scores[part][at]), 2);
    for (int part : strongest) {
      line.append(' ')
          .append(byPosition.parts().get(part))
          .append(' ')
          .append(shares.text(scores[part][at]));
    }
    return line.append('\n').toString();
  }

  private static TableNumbers numbers(DoubleStream scores) {
    return TableNumbers.of(scores, 3);
  }

  private static String line(String name, String score) {
    return "  %-10s%9s%n".formatted(name, score);
  }

  /** The heads with the largest scores of either sign. */
  private List<ScoredHead> strongest() {
    var heads = new ArrayList<>(found.scores().all());
    heads.sort(Comparator.comparingDouble(head -> -Math.abs(head.score())));
    return heads.subList(0, Math.min(STRONGEST, heads.size()));
  }
}
