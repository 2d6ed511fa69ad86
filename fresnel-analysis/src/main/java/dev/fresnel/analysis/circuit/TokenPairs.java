package dev.fresnel.analysis.circuit;

import static dev.fresnel.analysis.circuit.FactoredMatrix.COLUMN;
import static dev.fresnel.analysis.circuit.FactoredMatrix.INNER;
import static dev.fresnel.analysis.circuit.FactoredMatrix.ROW;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.TokenTexts;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * The largest numbers of a head's circuit from token to token. It has as many rows and columns as
 * the vocabulary has tokens; only some rows of it are in memory at once.
 *
 * <pre>{@code
 * TokenPairs.ofOv(model, new HeadId(5, 1), 20);   // which token raises which logit most
 * }</pre>
 */
public final class TokenPairs {
  /** Numbers of a circuit in memory at once: 16 MB, which products fill at full speed. */
  private static final long NUMBERS_AT_ONCE = 1 << 22;

  private static final Comparator<Pair> SMALLEST_FIRST =
      Comparator.comparingDouble(Pair::value)
          .thenComparing(pair -> -pair.from().id())
          .thenComparing(pair -> -pair.to().id());

  private TokenPairs() {}

  /**
   * Two tokens and a circuit's number for them.
   *
   * @param from QK: the token that attends; OV: the token that is attended to
   * @param to QK: the token that is attended to; OV: the token whose logit changes
   * @param value QK: the product of query and key; OV: what is added to the logit, in natural log
   *     units
   */
  public record Pair(Token from, Token to, double value) {}

  /** The most pairs that can be listed: their tokens make a block of 1000 x 1000 at most. */
  public static final int MOST = 1000;

  /**
   * The pairs with the greatest query-key products: which token looks for which.
   *
   * @param count how many, 0 to {@link #MOST}, the greatest first
   * @throws FresnelException if there is no such head, or the count is out of range
   */
  public static List<Pair> ofQk(Transformer model, HeadId head, int count) {
    try (var scope = Scope.open()) {
      return greatest(model, Circuits.fullQk(model, head), count);
    }
  }

  /**
   * The pairs in which attending to one token raises the logit of the other most.
   *
   * @param count how many, 0 to {@link #MOST}, the greatest first
   * @throws FresnelException if there is no such head, or the count is out of range
   */
  public static List<Pair> ofOv(Transformer model, HeadId head, int count) {
    try (var scope = Scope.open()) {
      return greatest(model, Circuits.fullOv(model, head), count);
    }
  }

  /**
   * The greatest numbers of any circuit from token to token, the greatest first.
   *
   * @param circuit one matrix; rows and columns are token ids
   * @param count how many, 0 to {@link #MOST}
   * @throws FresnelException if it is no single matrix, or the count is out of range
   */
  public static List<Pair> greatest(Transformer model, FactoredMatrix circuit, int count) {
    if (circuit.left().dims().size() != 2 || circuit.right().dims().size() != 2) {
      throw new FresnelException(
          "this reads one matrix, got factors of %s and %s; select a layer and a head first"
              .formatted(circuit.left().shape(), circuit.right().shape()));
    }
    if (count < 0 || count > MOST) {
      throw new FresnelException(
          "of a circuit's pairs 0 to %d can be listed, not %d".formatted(MOST, count));
    }
    var found = new PriorityQueue<>(SMALLEST_FIRST);
    int rows = Math.toIntExact(circuit.rows());
    int atOnce = (int) Math.max(1, NUMBERS_AT_ONCE / circuit.columns());
    for (int from = 0; from < rows; from += atOnce) {
      try (var scope = Scope.open()) {
        Tensor block =
            circuit
                .left()
                .slice(ROW, from, Math.min(rows, from + atOnce))
                .dot(circuit.right(), INNER);
        add(found, block.order(ROW, COLUMN), from, count);
      }
    }
    var labelled = new ArrayList<Pair>();
    while (!found.isEmpty()) {
      Pair pair = found.poll();
      labelled.add(
          new Pair(
              TokenTexts.token(model, pair.from.id()),
              TokenTexts.token(model, pair.to.id()),
              pair.value));
    }
    Collections.reverse(labelled);
    return List.copyOf(labelled);
  }

  /** Looks into those rows alone whose greatest number is among the greatest so far. */
  private static void add(PriorityQueue<Pair> found, Tensor block, int first, int count) {
    float[] most = block.max(COLUMN).floats();
    var order =
        IntStream.range(0, most.length)
            .boxed()
            .sorted(Comparator.comparingDouble(row -> -most[row]))
            .toList();
    for (int row : order) {
      if (found.size() >= count && (count == 0 || !(most[row] > found.peek().value))) {
        return;
      }
      Tensor numbers = block.select(ROW, row);
      long[] columns = numbers.topIndices(COLUMN, Math.min(count, numbers.size(COLUMN))).longs();
      float[] values = numbers.gather(COLUMN, columns).floats();
      for (int i = 0; i < columns.length; i++) {
        found.add(
            new Pair(
                new Token(first + row, null),
                new Token(Math.toIntExact(columns[i]), null),
                values[i]));
      }
      while (found.size() > count) {
        found.poll();
      }
    }
  }
}
