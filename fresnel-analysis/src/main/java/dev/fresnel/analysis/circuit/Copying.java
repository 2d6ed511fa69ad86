package dev.fresnel.analysis.circuit;

import static dev.fresnel.analysis.circuit.FactoredMatrix.RANK;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.model.WeightKind.W_E;
import static dev.fresnel.model.WeightKind.W_U;

import dev.fresnel.analysis.HeadValues;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;

/** Whether heads copy: whether attending to a token raises the logit of that token. */
public final class Copying {
  private static final Dim EMBEDDED = new Dim("embedded");

  private Copying() {}

  /**
   * Each head's copying score, from -1 to 1: {@link CircuitEigenvalues#score} of its OV circuit
   * from token to token. 1 where every direction of token space raises itself, -1 where each lowers
   * itself. NaN for a head that writes nothing.
   *
   * <p>Of tokens that are read but never predicted, none counts.
   *
   * <p>Source: Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits".
   */
  public static HeadValues scores(Transformer model) {
    double[][] scores = new double[model.layers()][model.heads()];
    try (var scope = Scope.open()) {
      Tensor wU = model.weight(W_U.inModel());
      Tensor wE = model.weight(W_E.inModel());
      long shared = Math.min(wU.size(D_VOCAB), wE.size(D_VOCAB));
      Tensor back = // from what is written to what is embedded, through tokens
          wU.slice(D_VOCAB, 0, shared)
              .dot(wE.slice(D_VOCAB, 0, shared).rename(D_MODEL, EMBEDDED), D_VOCAB);
      for (int layer = 0; layer < scores.length; layer++) {
        scores[layer] = ofLayer(model, layer, back);
      }
    }
    return HeadValues.of(scores);
  }

  private static double[] ofLayer(Transformer model, int layer, Tensor back) {
    try (var scope = Scope.open()) {
      var around = Circuits.ov(model, layer).then(back, D_MODEL, EMBEDDED).eigenvalues();
      float[] real = around.real().order(HEAD, RANK).floats();
      float[] imaginary = around.imaginary().order(HEAD, RANK).floats();
      double[] scores = new double[model.heads()];
      int count = real.length / scores.length;
      for (int head = 0; head < scores.length; head++) {
        int first = head * count;
        scores[head] = CircuitEigenvalues.of(real, imaginary, first, first + count).score();
      }
      return scores;
    }
  }
}
