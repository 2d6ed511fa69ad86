package dev.fresnel.viz;

import dev.fresnel.analysis.Attribution;
import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Numbers with a name each, as bars from zero: to the right where positive, to the left where
 * negative.
 *
 * <pre>{@code
 * Figure.bars(Bars.of("loss by dataset", List.of("books", "code"), new double[] {3.1, 2.2}).unit("nats"));
 * Figure.waterfall(Bars.of(LogitAttribution.ofNextToken(run, 14)));
 * }</pre>
 *
 * @param name what the bars show, the figure's title
 * @param labels one per bar
 * @param values one per bar; NaN and infinities are marked; copied in and out
 * @param unit of the values: {@code logits}
 */
public record Bars(String name, List<String> labels, double[] values, String unit) {
  /**
   * @throws FresnelException if there is no bar, or not one value per label
   */
  public Bars {
    labels = List.copyOf(labels);
    values = values.clone();
    if (labels.isEmpty() || labels.size() != values.length) {
      throw new FresnelException(
          "the bars “%s” need at least one value, and one label per value; got %d values and %d labels"
              .formatted(name, values.length, labels.size()));
    }
  }

  /** Bars without a unit. */
  public static Bars of(String name, List<String> labels, double[] values) {
    return new Bars(name, labels, values, "value");
  }

  /**
   * What each head and each other component adds to a logit, or to the difference of two. By {@link
   * Attribution.Method#DIRECT} the bars add up to the logit.
   */
  public static Bars of(Attribution attribution) {
    var labels = new ArrayList<String>();
    var values = new ArrayList<Double>();
    for (var head : attribution.scores().all()) {
      labels.add(head.head().label());
      values.add(head.score());
    }
    for (var component : attribution.components()) {
      labels.add(component.name());
      values.add(component.score());
    }
    var name =
        "Attribution of %s at position %d".formatted(said(attribution), attribution.position());
    return new Bars(
        name, labels, values.stream().mapToDouble(Double::doubleValue).toArray(), "logits");
  }

  /** What is taken apart: {@code the logit of ·Mary minus that of ·John}. */
  static String said(Attribution attribution) {
    var minus = attribution.minus();
    return "the logit of "
        + TokenText.of(attribution.target())
        + (minus == null ? "" : " minus that of " + TokenText.of(minus));
  }

  /** These bars with another unit. */
  public Bars unit(String unit) {
    return new Bars(name, labels, values, unit);
  }

  /** The sum of all values. */
  public double sum() {
    return Arrays.stream(values).sum();
  }

  /** A copy. */
  @Override
  public double[] values() {
    return values.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bars that
        && name.equals(that.name)
        && labels.equals(that.labels)
        && Arrays.equals(values, that.values)
        && unit.equals(that.unit);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, labels, Arrays.hashCode(values), unit);
  }

  @Override
  public String toString() {
    return "Bars %s of %d".formatted(name, values.length);
  }
}
