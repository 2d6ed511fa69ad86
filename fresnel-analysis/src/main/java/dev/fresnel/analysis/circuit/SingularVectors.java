package dev.fresnel.analysis.circuit;

import static dev.fresnel.analysis.circuit.FactoredMatrix.COLUMN;
import static dev.fresnel.analysis.circuit.FactoredMatrix.RANK;
import static dev.fresnel.hook.Dims.D_MLP;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.model.WeightKind.LN2_W;
import static dev.fresnel.model.WeightKind.W_IN;
import static dev.fresnel.model.WeightKind.W_OUT;
import static dev.fresnel.model.WeightKind.W_U;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.analysis.Rows;
import dev.fresnel.analysis.TokenTexts;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.LinearAlgebra;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directions in which a matrix acts most, read through the unembedding: the tokens whose logits
 * such a direction of the residual stream raises or lowers most.
 *
 * <p>A direction has no sign of its own. Each is turned so that its largest logit is a raised one.
 *
 * <p>Source: Beren Millidge and Sid Black 2022, "The Singular Value Decompositions of Transformer
 * Weight Matrices are Highly Interpretable"; TransformerLens's {@code SVDInterpreter}.
 */
public final class SingularVectors {
  private SingularVectors() {}

  /**
   * One direction.
   *
   * @param value its singular value: how much the matrix stretches it
   * @param raised the tokens that it raises most, the most raised first
   * @param lowered the tokens that it lowers most, the most lowered first
   */
  public record Direction(double value, List<Reading> raised, List<Reading> lowered) {
    public Direction {
      raised = List.copyOf(raised);
      lowered = List.copyOf(lowered);
    }
  }

  /**
   * A token and what a direction does to it.
   *
   * @param logit what the direction, at length 1, adds to the token's logit
   */
  public record Reading(Token token, double logit) {}

  /**
   * Several directions with every token that one of them names.
   *
   * @param tokens each direction's raised and lowered tokens in turn, each token once
   * @param logits [token][direction]; copied in and out
   */
  public record Table(List<Direction> directions, List<Token> tokens, double[][] logits) {
    public Table {
      directions = List.copyOf(directions);
      tokens = List.copyOf(tokens);
      logits = Rows.copy(logits);
    }

    @Override
    public double[][] logits() {
      return Rows.copy(logits);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Table that
          && directions.equals(that.directions)
          && Arrays.deepEquals(logits, that.logits);
    }

    @Override
    public int hashCode() {
      return 31 * directions.hashCode() + Arrays.deepHashCode(logits);
    }

    @Override
    public String toString() {
      return "Table[%d directions, %d tokens]".formatted(directions.size(), tokens.size());
    }
  }

  /**
   * The directions that a head writes most, the right singular vectors of its OV circuit, and what
   * each adds to the logits of all their tokens.
   *
   * @param count how many directions, the most stretched first; at most d_head are there
   * @param tokens how many tokens of each sign
   * @throws FresnelException if there is no such head, or a number is not positive
   */
  public static Table table(Transformer model, HeadId head, int count, int tokens) {
    try (var scope = Scope.open()) {
      return table(model, ofHead(model, head), count, tokens);
    }
  }

  /** {@link #readByMlp} as a table. */
  public static Table tableReadByMlp(Transformer model, int layer, int count, int tokens) {
    try (var scope = Scope.open()) {
      return table(model, mlpReads(model, layer), count, tokens);
    }
  }

  /** {@link #writtenByMlp} as a table. */
  public static Table tableWrittenByMlp(Transformer model, int layer, int count, int tokens) {
    try (var scope = Scope.open()) {
      return table(model, mlpWrites(model, layer), count, tokens);
    }
  }

  /** The directions of {@link #table}. */
  public static List<Direction> written(Transformer model, HeadId head, int count, int tokens) {
    try (var scope = Scope.open()) {
      return read(model, ofHead(model, head), count, tokens);
    }
  }

  /**
   * The directions that a layer's MLP reads most: the left singular vectors of W_in [d_model,
   * d_mlp], the scale of the norm before it included. A gated MLP's gate is left out. They too are
   * read through the unembedding, as TransformerLens does it: which tokens' logits have the
   * direction that the MLP looks for.
   *
   * @param count how many directions, the most stretched first; at most d_model are there
   * @param tokens how many tokens of each sign
   * @throws FresnelException if there is no such layer or no MLP, or a number is not positive
   */
  public static List<Direction> readByMlp(Transformer model, int layer, int count, int tokens) {
    try (var scope = Scope.open()) {
      return read(model, mlpReads(model, layer), count, tokens);
    }
  }

  /**
   * The directions that a layer's MLP writes most: the right singular vectors of W_out [d_mlp,
   * d_model].
   *
   * @param count how many directions, the most stretched first; at most d_model are there
   * @param tokens how many tokens of each sign
   * @throws FresnelException if there is no such layer or no MLP, or a number is not positive
   */
  public static List<Direction> writtenByMlp(Transformer model, int layer, int count, int tokens) {
    try (var scope = Scope.open()) {
      return read(model, mlpWrites(model, layer), count, tokens);
    }
  }

  /**
   * Directions of the residual stream.
   *
   * @param values [rank]
   * @param vectors [rank, d_model]
   */
  private record Vectors(Tensor values, Tensor vectors) {}

  private static Vectors ofHead(Transformer model, HeadId head) {
    var svd = Circuits.ov(model, head).svd();
    return new Vectors(svd.s(), svd.v().rename(COLUMN, D_MODEL));
  }

  private static Vectors mlpReads(Transformer model, int layer) {
    requireMlp(model, layer);
    Tensor wIn = model.weight(W_IN.at(layer));
    Tensor scaled = model.has(LN2_W.at(layer)) ? wIn.times(model.weight(LN2_W.at(layer))) : wIn;
    var svd = LinearAlgebra.svd(scaled, D_MLP, D_MODEL, RANK);
    return new Vectors(svd.s(), svd.v());
  }

  private static Vectors mlpWrites(Transformer model, int layer) {
    requireMlp(model, layer);
    var svd = LinearAlgebra.svd(model.weight(W_OUT.at(layer)), D_MLP, D_MODEL, RANK);
    return new Vectors(svd.s(), svd.v());
  }

  private static Table table(Transformer model, Vectors found, int count, int tokens) {
    var directions = read(model, found, count, tokens);
    var named =
        directions.stream()
            .flatMap(each -> Stream.concat(each.raised.stream(), each.lowered.stream()))
            .map(Reading::token)
            .distinct()
            .toList();
    long[] ids = named.stream().mapToLong(Token::id).toArray();
    Tensor columns = model.weight(W_U.inModel()).gather(D_VOCAB, ids);
    float[] numbers = found.vectors.dot(columns, D_MODEL).order(RANK, D_VOCAB).floats();
    double[][] logits = new double[ids.length][directions.size()];
    for (int i = 0; i < directions.size(); i++) {
      // A direction was turned where its own readings have the other sign.
      var first = directions.get(i).raised.get(0);
      float own = numbers[i * ids.length + named.indexOf(first.token)];
      double sign = own * first.logit < 0 ? -1 : 1;
      for (int token = 0; token < ids.length; token++) {
        logits[token][i] = sign * numbers[i * ids.length + token];
      }
    }
    return new Table(directions, named, logits);
  }

  private static void requireMlp(Transformer model, int layer) {
    Circuits.requireLayer(model, layer);
    if (model.config().attentionOnly()) {
      throw new FresnelException(
          model.config().name() + " has attention alone, so it has no MLP to read");
    }
  }

  private static List<Direction> read(Transformer model, Vectors all, int count, int tokens) {
    requirePositive(count, "directions");
    requirePositive(tokens, "tokens of each sign");
    int directions = (int) Math.min(count, all.values.size(RANK));
    float[] singular = all.values.floats();
    var found = new ArrayList<Direction>();
    for (int i = 0; i < directions; i++) {
      try (var scope = Scope.open()) {
        Tensor logits = all.vectors.select(RANK, i).dot(model.weight(W_U.inModel()), D_MODEL);
        boolean turned = most(logits, 1)[0].logit < most(logits.times(-1), 1)[0].logit;
        Tensor seen = turned ? logits.times(-1) : logits;
        found.add(
            new Direction(
                singular[i],
                labelled(model, most(seen, tokens), 1),
                labelled(model, most(seen.times(-1), tokens), -1)));
      }
    }
    return List.copyOf(found);
  }

  private static void requirePositive(int number, String what) {
    if (number < 1) {
      throw new FresnelException(
          "expected a number of %s from 1 on, got %d".formatted(what, number));
    }
  }

  private static Reading[] most(Tensor logits, int count) {
    long[] ids = logits.topIndices(D_VOCAB, Math.min(count, logits.size(D_VOCAB))).longs();
    float[] values = logits.gather(D_VOCAB, ids).floats();
    var readings = new Reading[ids.length];
    for (int i = 0; i < ids.length; i++) {
      readings[i] = new Reading(new Token(Math.toIntExact(ids[i]), null), values[i]);
    }
    return readings;
  }

  private static List<Reading> labelled(Transformer model, Reading[] readings, int sign) {
    var labelled = new ArrayList<Reading>();
    for (Reading reading : readings) {
      labelled.add(new Reading(TokenTexts.token(model, reading.token.id()), sign * reading.logit));
    }
    return labelled;
  }
}
