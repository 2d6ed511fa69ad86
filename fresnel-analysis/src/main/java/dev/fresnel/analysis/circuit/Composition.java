package dev.fresnel.analysis.circuit;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much each head reads of what each earlier head writes, by their weights alone: the norm of
 * the product of the earlier head's OV circuit with the later head's circuit, divided by both
 * norms. Two random matrices have about one divided by the root of d_model.
 *
 * <pre>{@code
 * Composition k = Composition.of(model, Composition.Kind.K);
 * k.at(new HeadId(0, 3), new HeadId(1, 5));
 * k.strongest(10).get(0);   // the pair with the greatest score
 * }</pre>
 *
 * <p>Source: Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits".
 */
public final class Composition {
  /** What of the later head reads the earlier one. */
  public enum Kind {
    /** Its queries. */
    Q,
    /** Its keys. */
    K,
    /** Its values. */
    V
  }

  /**
   * Two heads and their score.
   *
   * @param from the head that writes
   * @param to the head that reads, in a later layer
   * @param score 0..1
   */
  public record Pair(HeadId from, HeadId to, double score) {}

  private final Kind kind;
  private final double[][][][] scores;

  private Composition(Kind kind, double[][][][] scores) {
    this.kind = kind;
    this.scores = scores;
  }

  /**
   * All pairs of a model's heads, by the weights as the model has them: norms count where they were
   * folded in, positions do not. Query heads that share keys and values each get them.
   */
  public static Composition of(Transformer model, Kind kind) {
    return new Composition(kind, new CompositionScores(model, kind).all());
  }

  /** What of the later head was scored. */
  public Kind kind() {
    return kind;
  }

  /** How many layers the model has. */
  public int layers() {
    return scores.length;
  }

  /** How many heads a layer has. */
  public int heads() {
    return scores[0].length;
  }

  /**
   * The score of a pair, 0..1; 0 unless {@code to} stands in a later layer; NaN if one of the heads
   * has a circuit of zeros.
   *
   * @throws FresnelException if there is no such head
   */
  public double at(HeadId from, HeadId to) {
    for (HeadId head : List.of(from, to)) {
      if (head.layer() >= scores.length || head.head() >= scores[0].length) {
        throw new FresnelException(
            "there is no head %s: layers are 0 to %d, heads 0 to %d"
                .formatted(head, scores.length - 1, scores[0].length - 1));
      }
    }
    return scores[from.layer()][from.head()][to.layer()][to.head()];
  }

  /**
   * The pairs with the greatest scores, the greatest first; NaN is left out.
   *
   * @param count how many, 0 or more; fewer are given where there are fewer
   * @throws FresnelException if it is negative
   */
  public List<Pair> strongest(int count) {
    if (count < 0) {
      throw new FresnelException("expected a number of pairs from 0 on, got " + count);
    }
    var pairs = new ArrayList<Pair>();
    for (int from = 0; from < scores.length; from++) {
      for (int to = from + 1; to < scores.length; to++) {
        for (int writer = 0; writer < scores[0].length; writer++) {
          for (int reader = 0; reader < scores[0].length; reader++) {
            double score = scores[from][writer][to][reader];
            if (!Double.isNaN(score)) {
              pairs.add(new Pair(new HeadId(from, writer), new HeadId(to, reader), score));
            }
          }
        }
      }
    }
    pairs.sort(
        Comparator.comparingDouble(Pair::score)
            .reversed()
            .thenComparing(Pair::from)
            .thenComparing(Pair::to));
    return List.copyOf(pairs.subList(0, Math.min(count, pairs.size())));
  }

  /** A copy, [layer][head][later layer][head]. */
  public double[][][][] toArray() {
    return Arrays.stream(scores)
        .map(
            layer ->
                Arrays.stream(layer)
                    .map(head -> Arrays.stream(head).map(double[]::clone).toArray(double[][]::new))
                    .toArray(double[][][]::new))
        .toArray(double[][][][]::new);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Composition that
        && kind == that.kind
        && Arrays.deepEquals(scores, that.scores);
  }

  @Override
  public int hashCode() {
    return 31 * kind.hashCode() + Arrays.deepHashCode(scores);
  }

  @Override
  public String toString() {
    return "Composition[%s, %d layers, %d heads]".formatted(kind, scores.length, scores[0].length);
  }
}
