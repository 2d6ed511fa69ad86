package dev.fresnel.analysis.circuit;

import static dev.fresnel.analysis.circuit.FactoredMatrix.COLUMN;
import static dev.fresnel.analysis.circuit.FactoredMatrix.ROW;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Scope;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The eigenvalues of a head's circuit from token to token that need not be 0: as many as d_head.
 *
 * <p>Of tokens that are read but never predicted, none counts.
 *
 * <p>Source: Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits".
 *
 * @param all the greatest magnitude first
 */
public record CircuitEigenvalues(List<Eigenvalue> all) {
  /** One eigenvalue, in the circuit's unit. */
  public record Eigenvalue(double real, double imaginary) {
    /** Its distance from 0. */
    public double magnitude() {
      return Math.hypot(real, imaginary);
    }
  }

  public CircuitEigenvalues {
    all =
        all.stream()
            .sorted(
                Comparator.comparingDouble(Eigenvalue::magnitude)
                    .thenComparing(Eigenvalue::real)
                    .thenComparing(Eigenvalue::imaginary)
                    .reversed())
            .toList();
  }

  /**
   * @throws dev.fresnel.error.FresnelException if there is no such head
   */
  public static CircuitEigenvalues of(Transformer model, CircuitKind kind, HeadId head) {
    try (var scope = Scope.open()) {
      var circuit = kind.fromTokens(model, head);
      long shared = Math.min(circuit.rows(), circuit.columns());
      var values =
          new FactoredMatrix(
                  circuit.left().slice(ROW, 0, shared), circuit.right().slice(COLUMN, 0, shared))
              .eigenvalues();
      float[] real = values.real().floats();
      return of(real, values.imaginary().floats(), 0, real.length);
    }
  }

  /** Some of many, from one index to before another. */
  static CircuitEigenvalues of(float[] real, float[] imaginary, int from, int to) {
    var all = new ArrayList<Eigenvalue>();
    for (int i = from; i < to; i++) {
      all.add(new Eigenvalue(real[i], imaginary[i]));
    }
    return new CircuitEigenvalues(all);
  }

  /**
   * The sum divided by the sum of the magnitudes, from -1 to 1; NaN where all are 0. 1 for an OV
   * circuit in which every direction of token space raises itself (the head copies), and for a QK
   * circuit in which each looks for itself; -1 where each lowers or avoids itself.
   */
  public double score() {
    double sum = 0;
    double magnitudes = 0;
    for (var value : all) {
      sum += value.real();
      magnitudes += value.magnitude();
    }
    return sum / magnitudes;
  }
}
