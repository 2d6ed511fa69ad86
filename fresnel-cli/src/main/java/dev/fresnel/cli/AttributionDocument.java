package dev.fresnel.cli;

import dev.fresnel.analysis.Attribution;
import dev.fresnel.analysis.Attribution.Component;
import dev.fresnel.analysis.HeadValues;
import dev.fresnel.analysis.ScoredHead;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The result of {@code attribute}. Scores are [layer][head], in logits. */
record AttributionDocument(
    String model,
    int position,
    Token token,
    Token nextToken,
    String method,
    double[][] scores,
    List<Component> components,
    double logit)
    implements Document {
  private static final int STRONGEST = 6;

  static AttributionDocument of(Transformer model, Attribution found) {
    return new AttributionDocument(
        model.config().name(),
        found.position(),
        found.token(),
        found.nextToken(),
        found.method().label(),
        found.scores().toArray(),
        found.components(),
        found.logit());
  }

  @Override
  public String text() {
    var text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s, position %d, %s: the logit of %s, which comes next, is %.3f%n",
            Visible.message(model),
            position,
            Visible.token(token),
            Visible.token(nextToken),
            logit));
    text.append("Share of each head (").append(method).append("), in logits\n\n");
    text.append(HeadTable.of(scores)).append("\nstrongest\n");
    for (ScoredHead head : strongest()) {
      text.append(line(head.head().label(), head.score()));
    }
    if (!components.isEmpty()) {
      text.append("\nnot heads\n");
      components.forEach(component -> text.append(line(component.name(), component.score())));
    }
    return text.toString();
  }

  private static String line(String name, double score) {
    return String.format(Locale.ROOT, "  %-10s%9.3f%n", name, score);
  }

  /** The heads with the largest scores of either sign. */
  private List<ScoredHead> strongest() {
    var heads = new ArrayList<>(HeadValues.of(scores).all());
    heads.sort(Comparator.comparingDouble(head -> -Math.abs(head.score())));
    return heads.subList(0, Math.min(STRONGEST, heads.size()));
  }
}
