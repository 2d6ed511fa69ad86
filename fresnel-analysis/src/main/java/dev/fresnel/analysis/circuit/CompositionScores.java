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
    var found = products();
    int all = (layers - 1) * heads;
    for (int writer = 0; writer < all; writer++) {
      for (int reader = writer / heads * heads; reader < all; reader++) {
        double square =
            found.at(writer, reader) / found.firstTrace(writer) / found.secondTrace(reader);
        scores[writer / heads][writer % heads][reader / heads + 1][reader % heads] =
            square < LOST ? again(writer, reader) : Math.sqrt(square);
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

  /** Of writers from the first layer on and readers from the second on, layer by layer. */
  private SymmetricProducts products() {
    try (var owner = new Owner("Composition")) {
      var factors = new SymmetricProducts.Factors[2 * (layers - 1)];
      Parallel.forEach(
          IntStream.range(0, factors.length).boxed().toList(),
          i -> {
            try (var scope = Scope.open()) {
              boolean writes = i < layers - 1;
              factors[i] =
                  factors(
                      writes ? Circuits.ov(model, i) : reader(i - layers + 2).transposed(), owner);
            }
          },
          i -> {});
      var sides = List.of(factors);
      return SymmetricProducts.of(
          sides.subList(0, layers - 1), sides.subList(layers - 1, sides.size()));
    }
  }

  /** Of a layer's circuits {@code A B}, the symmetric matrices {@code (A B)ᵀ(A B)}. */
  private static SymmetricProducts.Factors factors(FactoredMatrix circuit, Owner owner) {
    Tensor gram = circuit.left().dot(circuit.left().rename(INNER, OTHER_INNER), ROW);
    return new SymmetricProducts.Factors(
        owner.keep(gram, "Gram matrices"),
        owner.keep(circuit.right().order(HEAD, INNER, COLUMN), "circuits"));
  }

  /** The score of one pair, from its factors. */
  private double again(int writer, int reader) {
    try (var scope = Scope.open()) {
      var ov = Circuits.ov(model, writer / heads).select(HEAD, writer % heads);
      return ov.composition(reader(reader / heads + 1).select(HEAD, reader % heads)).item();
    }
  }
}
