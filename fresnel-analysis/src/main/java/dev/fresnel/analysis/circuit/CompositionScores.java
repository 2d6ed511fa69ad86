package dev.fresnel.analysis.circuit;

import static dev.fresnel.analysis.circuit.FactoredMatrix.COLUMN;
import static dev.fresnel.analysis.circuit.FactoredMatrix.INNER;
import static dev.fresnel.analysis.circuit.FactoredMatrix.ROW;
import static dev.fresnel.hook.Dims.HEAD;

import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Parallel;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.SymmetricProducts;
import dev.fresnel.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The composition scores of all pairs of heads. The squared norm of a product {@code A B} is the
 * sum over all elements of {@code AᵀA} times those of {@code B Bᵀ}, so that every head gives one
 * symmetric matrix [d_model, d_model], and all pairs are one product of rows of such matrices.
 * These are made tile by tile on several threads, and of their symmetric halves one is enough.
 */
final class CompositionScores {
  /**
   * Squared scores below this, of scores below 0.003, are computed again: a sum of float32 products
   * that cancel out is wrong by up to 1e-8 of the circuits' squared norms. Two random circuits of
   * d_model 768 have a squared score of 1e-3.
   */
  private static final double LOST = 1e-5;

  private static final Dim OTHER_INNER = new Dim("other_inner");

  private final int layers;
  private final int heads;
  private final Transformer model;
  private final Composition.Kind kind;

  CompositionScores(Transformer model, Composition.Kind kind) {
    this.model = model;
    this.kind = kind;
    layers = model.layers();
    heads = model.heads();
  }

  /** The scores [layer][head][later layer][head]. */
  double[][][][] all() {
    double[][][][] scores = new double[layers][heads][layers][heads];
    if (layers == 1) {
      return scores;
    }
    try (var owner = new Owner("Composition")) {
      var sides = sides(owner);
      var writing = sides.subList(0, layers - 1);
      var reading = sides.subList(layers - 1, sides.size());
      double[] products =
          SymmetricProducts.of(
              writing.stream().map(Side::factors).toList(),
              reading.stream().map(Side::factors).toList());
      int all = (layers - 1) * heads;
      for (int writer = 0; writer < all; writer++) {
        for (int reader = writer / heads * heads; reader < all; reader++) {
          double square =
              products[writer * all + reader]
                  / writing.get(writer / heads).squares[writer % heads]
                  / reading.get(reader / heads).squares[reader % heads];
          scores[writer / heads][writer % heads][reader / heads + 1][reader % heads] =
              square < LOST ? again(writer, reader) : Math.sqrt(square);
        }
      }
    }
    return scores;
  }

  private FactoredMatrix reader(int layer) {
    return switch (kind) {
      case Q -> Circuits.qk(model, layer);
      case K -> Circuits.qk(model, layer).transposed();
      case V -> Circuits.ov(model, layer);
    };
  }

  /**
   * A layer's circuits as matrices {@code A B} whose {@code (A B)ᵀ(A B)} is wanted.
   *
   * @param squares of the norms of A B, by head
   */
  private record Side(SymmetricProducts.Factors factors, float[] squares) {
    static Side of(FactoredMatrix circuit, Owner owner) {
      try (var scope = Scope.open()) {
        Tensor right = circuit.right().order(HEAD, INNER, COLUMN);
        Tensor gram = circuit.left().dot(circuit.left().rename(INNER, OTHER_INNER), ROW);
        Tensor weighed = gram.dot(right.rename(INNER, OTHER_INNER), OTHER_INNER);
        return new Side(
            new SymmetricProducts.Factors(
                owner.keep(right, "circuits"), owner.keep(weighed, "circuits")),
            right.dot(weighed, INNER, COLUMN).floats());
      }
    }
  }

  /** The writers, layer by layer from the first, and then the readers from the second layer on. */
  private List<Side> sides(Owner owner) {
    var sides = new Side[2 * (layers - 1)];
    Parallel.forEach(
        IntStream.range(0, sides.length).boxed().toList(),
        i -> {
          try (var scope = Scope.open()) {
            var circuit =
                i < layers - 1 ? Circuits.ov(model, i) : reader(i - (layers - 1) + 1).transposed();
            sides[i] = Side.of(circuit, owner);
          }
        },
        i -> {});
    return List.of(sides);
  }

  /** The score of one pair, from its factors. */
  private double again(int writer, int reader) {
    try (var scope = Scope.open()) {
      var ov = Circuits.ov(model, writer / heads).select(HEAD, writer % heads);
      return ov.composition(reader(reader / heads + 1).select(HEAD, reader % heads)).item();
    }
  }
}
