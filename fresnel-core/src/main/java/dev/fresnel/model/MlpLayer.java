package dev.fresnel.model;

import static dev.fresnel.hook.Dims.D_MLP;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.HookKind.MLP_POST;
import static dev.fresnel.hook.HookKind.MLP_PRE;
import static dev.fresnel.hook.HookKind.MLP_PRE_LINEAR;

import dev.fresnel.model.config.Mlp;
import dev.fresnel.tensor.Activation;
import dev.fresnel.tensor.Affine;
import dev.fresnel.tensor.Curve;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The neurons of one layer, plain or gated. */
final class MlpLayer {
  private final Activation activation;
  private final Affine in;
  private final @Nullable Affine gate;
  private final @Nullable Tensor bGated;
  private final Affine out;

  /**
   * In a gated layer {@code b_in} is added after the gate, as in TransformerLens; Llama's own bias,
   * which the gate multiplies, is {@code b_up}.
   */
  MlpLayer(Mlp mlp, Weights weights, int layer) {
    String name = "blocks." + layer + ".mlp.";
    activation = mlp.function().orElseThrow();
    boolean gated = mlp instanceof Mlp.Gated;
    in = layer(weights, name + "W_in", name + (gated ? "b_up" : "b_in"), D_MODEL);
    gate = gated ? layer(weights, name + "W_gate", name + "b_gate", D_MODEL) : null;
    bGated = gated ? weights.find(name + "b_in").orElse(null) : null;
    out = layer(weights, name + "W_out", name + "b_out", D_MLP);
  }

  private static Affine layer(Weights weights, String weight, String bias, Dim over) {
    return new Affine(weights.forProduct(weight, over), weights.find(bias).orElse(null));
  }

  Tensor forward(Tensor x, Trace trace) {
    Tensor post = trace.visit(MLP_POST, neurons(x, trace));
    return post.affine(out.weight(), out.bias(), D_MLP);
  }

  private Tensor neurons(Tensor x, Trace trace) {
    Tensor neurons =
        trace.wants(MLP_PRE, MLP_PRE_LINEAR) || activation.curve().isEmpty()
            ? stepByStep(x, trace)
            : atOnce(x, activation.curve().get());
    return bGated == null ? neurons : neurons.plus(bGated);
  }

  private Tensor atOnce(Tensor x, Curve curve) {
    return gate == null ? x.curved(in, curve, null, D_MODEL) : x.curved(gate, curve, in, D_MODEL);
  }

  private Tensor stepByStep(Tensor x, Trace trace) {
    if (gate == null) {
      Tensor pre = x.affine(List.of(in), D_MODEL).get(0);
      return activation.of(trace.visit(MLP_PRE, pre), D_MLP);
    }
    var both = x.affine(List.of(gate, in), D_MODEL);
    Tensor gates = activation.of(trace.visit(MLP_PRE, both.get(0)), D_MLP);
    return gates.times(trace.visit(MLP_PRE_LINEAR, both.get(1)));
  }
}
