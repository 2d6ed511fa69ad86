package dev.fresnel.model;

import static dev.fresnel.hook.Dims.D_MLP;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.HookKind.MLP_POST;
import static dev.fresnel.hook.HookKind.MLP_PRE;
import static dev.fresnel.hook.HookKind.MLP_PRE_LINEAR;

import dev.fresnel.tensor.Affine;
import dev.fresnel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The neurons of one layer, plain or gated. */
final class MlpLayer {
  private final Activation activation;
  private final Tensor wIn;
  private final @Nullable Tensor bIn;
  private final @Nullable Tensor wGate;
  private final @Nullable Tensor bGate;
  private final @Nullable Tensor bUp;
  private final Tensor wOut;
  private final @Nullable Tensor bOut;

  MlpLayer(ModelConfig.Mlp mlp, Weights weights, int layer) {
    String name = "blocks." + layer + ".mlp.";
    activation = mlp.function().orElseThrow();
    boolean gated = mlp instanceof ModelConfig.Mlp.Gated;
    wIn = weights.forProduct(name + "W_in", D_MODEL);
    bIn = weights.find(name + "b_in").orElse(null);
    wGate = gated ? weights.forProduct(name + "W_gate", D_MODEL) : null;
    bGate = weights.find(name + "b_gate").orElse(null);
    bUp = weights.find(name + "b_up").orElse(null);
    wOut = weights.forProduct(name + "W_out", D_MLP);
    bOut = weights.find(name + "b_out").orElse(null);
  }

  Tensor forward(Tensor x, Trace trace) {
    return trace.visit(MLP_POST, neurons(x, trace)).affine(wOut, bOut, D_MLP);
  }

  /**
   * In a gated layer {@code b_in} is added after the gate, as in TransformerLens; Llama's own bias,
   * which the gate multiplies, is {@code b_up}.
   */
  private Tensor neurons(Tensor x, Trace trace) {
    if (wGate == null) {
      return activation.apply(trace.visit(MLP_PRE, x.affine(wIn, bIn, D_MODEL)));
    }
    var both = x.affine(List.of(new Affine(wGate, bGate), new Affine(wIn, bUp)), D_MODEL);
    Tensor gate = activation.apply(trace.visit(MLP_PRE, both.get(0)));
    Tensor linear = trace.visit(MLP_PRE_LINEAR, both.get(1));
    Tensor product = gate.times(linear);
    return bIn == null ? product : product.plus(bIn);
  }
}
