package dev.fresnel.analysis.circuit;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.Rows;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import dev.fresnel.text.Token;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The part of a head's circuit from token to token in which its greatest numbers stand: every token
 * of the greatest pairs with every other.
 *
 * @param pairs the greatest numbers, the greatest first
 * @param from the rows, in the order in which the pairs first name them
 * @param to the columns, in the same order
 * @param values [from][to], as in {@link TokenPairs.Pair}; copied in and out
 */
public record TokenBlock(
    CircuitKind kind,
    HeadId head,
    List<TokenPairs.Pair> pairs,
    List<Token> from,
    List<Token> to,
    double[][] values) {
  public TokenBlock {
    pairs = List.copyOf(pairs);
    from = List.copyOf(from);
    to = List.copyOf(to);
    values = Rows.copy(values);
  }

  /**
   * Reads the whole circuit in parts, as {@link TokenPairs} does.
   *
   * @param count how many pairs, 1 to {@link TokenPairs#MOST}
   * @throws FresnelException if there is no such head, or the count is out of range
   */
  public static TokenBlock of(Transformer model, CircuitKind kind, HeadId head, int count) {
    if (count < 1) {
      throw new FresnelException("expected a number of pairs from 1 on, got " + count);
    }
    try (var scope = Scope.open()) {
      var circuit = kind.fromTokens(model, head);
      var pairs = TokenPairs.greatest(model, circuit, count);
      var from = tokens(pairs, TokenPairs.Pair::from);
      var to = tokens(pairs, TokenPairs.Pair::to);
      float[] numbers =
          circuit
              .gatherRows(ids(from))
              .gatherColumns(ids(to))
              .product()
              .order(FactoredMatrix.ROW, FactoredMatrix.COLUMN)
              .floats();
      double[][] values = new double[from.size()][to.size()];
      for (int i = 0; i < numbers.length; i++) {
        values[i / to.size()][i % to.size()] = numbers[i];
      }
      return new TokenBlock(kind, head, pairs, from, to, values);
    }
  }

  private static List<Token> tokens(
      List<TokenPairs.Pair> pairs, Function<TokenPairs.Pair, Token> end) {
    return pairs.stream().map(end).distinct().toList();
  }

  private static long[] ids(List<Token> tokens) {
    return tokens.stream().mapToLong(Token::id).toArray();
  }

  @Override
  public double[][] values() {
    return Rows.copy(values);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TokenBlock that
        && kind == that.kind
        && head.equals(that.head)
        && pairs.equals(that.pairs)
        && Arrays.deepEquals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Objects.hash(kind, head, pairs, Arrays.deepHashCode(values));
  }

  @Override
  public String toString() {
    return "TokenBlock[%s of %s, %d pairs]".formatted(kind, head, pairs.size());
  }
}
