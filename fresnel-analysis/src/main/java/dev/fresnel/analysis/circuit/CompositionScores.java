package dev.fresnel.analysis.circuit;

import static dev.fresnel.analysis.circuit.FactoredMatrix.COLUMN;
import static dev.fresnel.analysis.circuit.FactoredMatrix.INNER;
import static dev.fresnel.analysis.circuit.FactoredMatrix.ROW;
import static dev.fresnel.hook.Dims.HEAD;

import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.SymmetricProducts;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

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
    try (var scope = Scope.open()) {
      var from = new Side();
      var to = new Side();
      for (int layer = 0; layer < layers - 1; layer++) {
        from.add(Circuits.ov(model, layer));
        to.add(reader(layer + 1).transposed());
      }
      double[] squares = SymmetricProducts.of(from.factors, to.factors);
      int readers = (layers - 1) * heads;
      for (int writer = 0; writer < readers; writer++) {
        for (int reader = writer / heads * heads; reader < readers; reader++) {
          double square =
              squares[writer * readers + reader] / from.square(writer) / to.square(reader);
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

  /** The circuits of many layers as matrices {@code A B} whose {@code (A B)ᵀ(A B)} is wanted. */
  private final class Side {
    final List<SymmetricProducts.Factors> factors = new ArrayList<>();

    /** The squares of the norms of A B, by layer and head. */
    private final List<float[]> squares = new ArrayList<>();

    void add(FactoredMatrix circuit) {
      Tensor right = circuit.right().order(HEAD, INNER, COLUMN);
      Tensor gram = circuit.left().dot(circuit.left().rename(INNER, OTHER_INNER), ROW);
      Tensor weighed = gram.dot(right.rename(INNER, OTHER_INNER), OTHER_INNER);
      factors.add(new SymmetricProducts.Factors(right, weighed));
      squares.add(right.times(weighed).sum(INNER, COLUMN).floats());
    }

    double square(int head) {
      return squares.get(head / heads)[head % heads];
    }
  }

  /** The score of one pair, from its factors. */
  private double again(int writer, int reader) {
    try (var scope = Scope.open()) {
      var ov = Circuits.ov(model, writer / heads).select(HEAD, writer % heads);
      return ov.composition(reader(reader / heads + 1).select(HEAD, reader % heads)).item();
    }
  }
}
