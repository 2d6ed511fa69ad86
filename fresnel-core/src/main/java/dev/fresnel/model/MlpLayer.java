package dev.fresnel.model;

import static dev.fresnel.hook.Dims.D_MLP;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.HookKind.MLP_POST;
import static dev.fresnel.hook.HookKind.MLP_PRE;
import static dev.fresnel.hook.HookKind.MLP_PRE_LINEAR;
import static dev.fresnel.model.WeightKind.B_GATE;
import static dev.fresnel.model.WeightKind.B_IN;
import static dev.fresnel.model.WeightKind.B_OUT;
import static dev.fresnel.model.WeightKind.B_UP;
import static dev.fresnel.model.WeightKind.W_GATE;
import static dev.fresnel.model.WeightKind.W_IN;
import static dev.fresnel.model.WeightKind.W_OUT;

import dev.fresnel.model.config.Mlp;
import dev.fresnel.tensor.Activation;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import org.jspecify.annotations.Nullable;

/** The MLP of one layer. Each kind of MLP has a subclass. */
abstract sealed class MlpLayer {
  private final Fused.Layer out;

  private MlpLayer(Weights weights, int layer) {
    out = weights.layer(W_OUT, B_OUT, layer);
  }

  static MlpLayer of(Mlp mlp, Weights weights, int layer) {
    return mlp instanceof Mlp.Gated gated
        ? new Gated(gated, weights, layer)
        : new Plain((Mlp.Plain) mlp, weights, layer);
  }

  /** Computes what the MLP adds to the residual stream [batch, pos, d_model]. */
  final Tensor forward(Tensor x, Trace trace) {
    return Fused.linear(trace.visit(MLP_POST, neurons(x, trace)), out, D_MLP);
  }

  /** The activations [batch, pos, d_mlp]. */
  abstract Tensor neurons(Tensor x, Trace trace);

  /** {@code activation(x W_in + b_in)}. */
  private static final class Plain extends MlpLayer {
    private final Activation activation;
    private final Fused.Layer in;

    Plain(Mlp.Plain mlp, Weights weights, int layer) {
      super(weights, layer);
      activation = mlp.activation();
      in = weights.layer(W_IN, B_IN, layer);
    }

    @Override
    Tensor neurons(Tensor x, Trace trace) {
      return Fused.neurons(x, in, activation, null, D_MODEL, trace.watcher(MLP_PRE), null);
    }
  }

  /**
   * {@code activation(x W_gate + b_gate) * (x W_in + b_up) + b_in}: {@code b_in} is added after the
   * gate, as in TransformerLens; {@code b_up} is the bias of Llama's own code, which the gate
   * multiplies.
   */
  private static final class Gated extends MlpLayer {
    private final Activation activation;
    private final Fused.Layer gate;
    private final Fused.Layer in;
    private final @Nullable Tensor bIn;

    Gated(Mlp.Gated mlp, Weights weights, int layer) {
      super(weights, layer);
      activation = mlp.activation();
      gate = weights.layer(W_GATE, B_GATE, layer);
      in = weights.layer(W_IN, B_UP, layer);
      bIn = weights.find(B_IN, layer).orElse(null);
    }

    @Override
    Tensor neurons(Tensor x, Trace trace) {
      Tensor gated =
          Fused.neurons(
              x,
              gate,
              activation,
              in,
              D_MODEL,
              trace.watcher(MLP_PRE),
              trace.watcher(MLP_PRE_LINEAR));
      return bIn == null ? gated : gated.plus(bIn);
    }
  }
}
