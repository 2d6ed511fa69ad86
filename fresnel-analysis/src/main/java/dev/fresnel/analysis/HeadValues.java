package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One number for each head of a model: a score, a share of a logit, an effect. A value: arrays are
 * copied in and out, and two are equal if their numbers are.
 *
 * <pre>{@code
 * HeadValues scores = HeadDetector.induction().score(run).values();
 * scores.at(new HeadId(5, 1));
 * scores.ranked().get(0).head();   // the head with the greatest
 * }</pre>
 */
public final class HeadValues {
  private static final Comparator<ScoredHead> GREATEST_FIRST =
      Comparator.<ScoredHead>comparingInt(each -> Double.isNaN(each.score()) ? 1 : 0)
          .thenComparing(Comparator.comparingDouble(ScoredHead::score).reversed())
          .thenComparing(ScoredHead::head);

  /** How many heads {@link #toString} shows. */
  private static final int SHOWN = 5;

  private final double[][] values;

  private HeadValues(double[][] values) {
    this.values = values;
  }

  /**
   * @param values [layer][head]; copied
   * @throws FresnelException if there is no layer or no head, or the layers have different numbers
   *     of heads
   */
  public static HeadValues of(double[][] values) {
    if (values.length == 0 || values[0].length == 0) {
      throw new FresnelException("values by head are [layer][head], at least one; got none");
    }
    for (int layer = 1; layer < values.length; layer++) {
      if (values[layer].length != values[0].length) {
        throw new FresnelException(
            "values by head are [layer][head], as many heads in each layer; layer 0 has %d, layer %d has %d"
                .formatted(values[0].length, layer, values[layer].length));
      }
    }
    return new HeadValues(Rows.copy(values));
  }

  /** How many layers there are. */
  public int layers() {
    return values.length;
  }

  /** The number of heads in a layer. */
  public int heads() {
    return values[0].length;
  }

  /**
   * @throws FresnelException if there is no such head
   */
  public double at(HeadId head) {
    if (head.layer() >= layers() || head.head() >= heads()) {
      throw new FresnelException(
          "there is no head %s: layers are 0 to %d, heads 0 to %d"
              .formatted(head, layers() - 1, heads() - 1));
    }
    return values[head.layer()][head.head()];
  }

  /** All heads with their values, in the order of the model. */
  public List<ScoredHead> all() {
    var all = new ArrayList<ScoredHead>(layers() * heads());
    for (int layer = 0; layer < layers(); layer++) {
      for (int head = 0; head < heads(); head++) {
        all.add(new ScoredHead(new HeadId(layer, head), values[layer][head]));
      }
    }
    return List.copyOf(all);
  }

  /** All heads with their values, the greatest first; NaN comes last. */
  public List<ScoredHead> ranked() {
    return all().stream().sorted(GREATEST_FIRST).toList();
  }

  /** The heads with a value greater than the threshold, the greatest first. */
  public List<ScoredHead> above(double threshold) {
    return ranked().stream().filter(each -> each.score() > threshold).toList();
  }

  /** A copy, [layer][head]. */
  public double[][] toArray() {
    return Rows.copy(values);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HeadValues that && Arrays.deepEquals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(values);
  }

  @Override
  public String toString() {
    return "HeadValues[" + shown() + "]";
  }

  /** The greatest few, and of how many heads. */
  String shown() {
    String greatest =
        ranked().stream()
            .limit(SHOWN)
            .map(each -> String.format(Locale.ROOT, "%s %.4g", each.head(), each.score()))
            .collect(Collectors.joining(", "));
    int heads = layers() * heads();
    return greatest + (heads > SHOWN ? ", … of %d heads".formatted(heads) : "");
  }
}
