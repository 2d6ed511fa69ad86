package dev.fresnel.analysis.circuit;

import static dev.fresnel.analysis.circuit.FactoredMatrix.COLUMN;
import static dev.fresnel.analysis.circuit.FactoredMatrix.INNER;
import static dev.fresnel.analysis.circuit.FactoredMatrix.ROW;
import static dev.fresnel.hook.Dims.HEAD;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.LinearAlgebra;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
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

  private static final Dim READER = new Dim("reader");
  private static final Dim READER_INNER = new Dim("reader_inner");
  private static final Dim ROOT = new Dim("root");

  private final Kind kind;
  private final double[][][][] scores;

  private Composition(Kind kind, double[][][][] scores) {
    this.kind = kind;
    this.scores = scores;
  }

  /** All pairs of a model's heads. */
  public static Composition of(Transformer model, Kind kind) {
    int layers = model.layers();
    int heads = model.heads();
    double[][][][] scores = new double[layers][heads][layers][heads];
    try (var owner = new Owner("Composition")) {
      List<Thin> writers = new ArrayList<>();
      List<Thin> readers = new ArrayList<>();
      for (int layer = 0; layer < layers; layer++) {
        writers.add(layer == layers - 1 ? null : Thin.ofColumns(Circuits.ov(model, layer), owner));
        readers.add(layer == 0 ? null : Thin.ofRows(reader(model, kind, layer), owner));
      }
      for (int from = 0; from < layers - 1; from++) {
        for (int to = from + 1; to < layers; to++) {
          fill(scores, from, to, writers.get(from), readers.get(to));
        }
      }
    }
    return new Composition(kind, scores);
  }

  private static FactoredMatrix reader(Transformer model, Kind kind, int layer) {
    return switch (kind) {
      case Q -> Circuits.qk(model, layer);
      case K -> Circuits.qk(model, layer).transposed();
      case V -> Circuits.ov(model, layer);
    };
  }

  /**
   * A layer's circuits without what an outer product with them does not change: the norm of A B C D
   * is that of R_A (B C) R_D, where R_A and R_D are the small roots of the products of A and of D
   * with themselves.
   *
   * @param matrix [head, root, d_model] for the writers, [head, d_model, root] for the readers
   * @param norms of the whole circuits, by head
   */
  private record Thin(Tensor matrix, float[] norms) {
    static Thin ofColumns(FactoredMatrix circuits, Owner owner) {
      return of(circuits.left(), ROW, circuits.right(), COLUMN, owner);
    }

    static Thin ofRows(FactoredMatrix circuits, Owner owner) {
      return of(circuits.right(), COLUMN, circuits.left(), ROW, owner);
    }

    private static Thin of(Tensor outer, Dim over, Tensor facing, Dim side, Owner owner) {
      try (var scope = Scope.open()) {
        Tensor exact = outer.to(DType.FLOAT64);
        Tensor gram = exact.dot(exact.rename(INNER, READER_INNER), over);
        Tensor root = LinearAlgebra.root(gram, INNER, READER_INNER, ROOT).to(facing.dtype());
        Tensor matrix = facing.dot(root, INNER).rename(side, ROW);
        float[] norms = matrix.norm(ROW, ROOT).floats();
        return new Thin(owner.keep(matrix.order(HEAD, ROOT, ROW).contiguous(), "circuits"), norms);
      }
    }
  }

  private static void fill(double[][][][] scores, int from, int to, Thin writers, Thin readers) {
    try (var scope = Scope.open()) {
      Tensor product =
          writers.matrix.dot(readers.matrix.rename(HEAD, READER).rename(ROOT, READER_INNER), ROW);
      float[] norms = product.norm(ROOT, READER_INNER).order(HEAD, READER).floats();
      int heads = scores[from].length;
      for (int writer = 0; writer < heads; writer++) {
        for (int reader = 0; reader < heads; reader++) {
          double both = (double) writers.norms[writer] * readers.norms[reader];
          scores[from][writer][to][reader] = norms[writer * heads + reader] / both;
        }
      }
    }
  }

  public Kind kind() {
    return kind;
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

  /** The pairs with the greatest scores, the greatest first. */
  public List<Pair> strongest(int count) {
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
