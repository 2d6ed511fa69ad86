package dev.fresnel.load.internal.family;

import static dev.fresnel.load.internal.family.Row.map;
import static dev.fresnel.load.internal.weights.Storage.OUT_IN;
import static dev.fresnel.model.WeightKind.*;

import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.model.config.BlockOrder;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.RotaryPairs;
import dev.fresnel.model.config.RotaryScaling;
import dev.fresnel.model.config.Sizes;
import java.util.List;
import java.util.regex.Pattern;

/** GPT-J. One norm of a block serves attention and MLP; neighbouring dimensions turn together. */
final class GptJ {
  private static final String LAYER = "h.{l}.";

  /** The base of rotary wavelengths, which config.json does not state. */
  private static final double BASE = 10000;

  private static final Table TABLE =
      Table.of(
          map(W_E, "wte.weight", OUT_IN),
          map(LN1_W, LAYER + "ln_1.weight", OUT_IN),
          map(LN1_B, LAYER + "ln_1.bias", OUT_IN),
          map(W_Q, LAYER + "attn.q_proj.weight", OUT_IN),
          map(W_K, LAYER + "attn.k_proj.weight", OUT_IN),
          map(W_V, LAYER + "attn.v_proj.weight", OUT_IN),
          map(W_O, LAYER + "attn.out_proj.weight", OUT_IN),
          map(LN2_W, LAYER + "ln_1.weight", OUT_IN),
          map(LN2_B, LAYER + "ln_1.bias", OUT_IN),
          map(W_IN, LAYER + "mlp.fc_in.weight", OUT_IN),
          map(B_IN, LAYER + "mlp.fc_in.bias", OUT_IN),
          map(W_OUT, LAYER + "mlp.fc_out.weight", OUT_IN),
          map(B_OUT, LAYER + "mlp.fc_out.bias", OUT_IN),
          map(LN_FINAL_W, "ln_f.weight", OUT_IN),
          map(LN_FINAL_B, "ln_f.bias", OUT_IN),
          map(W_U, "lm_head.weight", OUT_IN),
          map(B_U, "lm_head.bias", OUT_IN));

  static final Family HUB =
      new HuggingFaceFamily(
          "GPTJForCausalLM",
          "gptj",
          "GPTJ",
          "transformer.",
          List.of(Pattern.compile("h\\.\\d+\\.attn\\.(bias|masked_bias)")),
          false,
          HuggingFaceFamily.GPT_NAMES,
          GptJ::config,
          TABLE);

  private GptJ() {}

  private static ModelConfig config(Settings settings, WeightNames names) {
    int dModel = settings.size("n_embd", 4096);
    int heads = settings.size("n_head", 16);
    int layers = settings.size("n_layer", 28);
    HuggingFaceFamily.requireDivisible(settings, "n_embd", dModel, "n_head", heads);
    names.requireLayers(layers, settings.said("n_layer"), settings.file(), "h");
    int dHead = dModel / heads;
    boolean all = settings.mentions("rotary_dim") && !settings.has("rotary_dim");
    int turning = all ? dHead : settings.size("rotary_dim", 64);
    if (turning % 2 != 0 || turning > dHead) {
      throw settings.wrong(
          "rotary_dim", turning, "an even number of rotary dimensions, at most " + dHead);
    }
    int dMlp = settings.size("n_inner", (int) Math.min(4L * dModel, Integer.MAX_VALUE));
    var sizes =
        Sizes.builder()
            .layers(layers)
            .heads(heads)
            .dModel(dModel)
            .dHead(dHead)
            .context(settings.size("n_positions", 2048))
            .vocabulary(settings.size("vocab_size", 50400))
            .build();
    return ModelConfig.of("gptj", sizes)
        .withNorm(new Norm.Layer(settings.positive("layer_norm_epsilon", 1e-5), Norm.Weights.OWN))
        .withPositional(
            new Positional.Rotary(turning, BASE, RotaryPairs.ADJACENT, new RotaryScaling.None()))
        .withMlp(
            new Mlp.Plain(
                dMlp, Activations.transformers(settings, "activation_function", "gelu_new")))
        .withOrder(BlockOrder.PARALLEL);
  }
}
