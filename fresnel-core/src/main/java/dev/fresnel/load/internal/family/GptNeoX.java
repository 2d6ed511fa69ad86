package dev.fresnel.load.internal.family;

import static dev.fresnel.load.internal.family.Row.map;
import static dev.fresnel.load.internal.weights.Storage.OUT_IN;
import static dev.fresnel.model.WeightKind.*;

import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.config.BlockOrder;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Sizes;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** GPT-NeoX: Pythia. Only the first dimensions of each head turn with the position. */
final class GptNeoX {
  private static final String LAYER = "layers.{l}.";
  private static final String ATTENTION_BIASES = "attention_bias";

  private static final Table TABLE =
      Table.of(
          map(W_E, "embed_in.weight", OUT_IN),
          map(LN1_W, LAYER + "input_layernorm.weight", OUT_IN),
          map(LN1_B, LAYER + "input_layernorm.bias", OUT_IN),
          weight(W_Q),
          bias(B_Q),
          weight(W_K),
          bias(B_K),
          weight(W_V),
          bias(B_V),
          map(W_O, LAYER + "attention.dense.weight", OUT_IN),
          map(B_O, LAYER + "attention.dense.bias", OUT_IN).onlyIf(ATTENTION_BIASES, true),
          map(LN2_W, LAYER + "post_attention_layernorm.weight", OUT_IN),
          map(LN2_B, LAYER + "post_attention_layernorm.bias", OUT_IN),
          map(W_IN, LAYER + "mlp.dense_h_to_4h.weight", OUT_IN),
          map(B_IN, LAYER + "mlp.dense_h_to_4h.bias", OUT_IN),
          map(W_OUT, LAYER + "mlp.dense_4h_to_h.weight", OUT_IN),
          map(B_OUT, LAYER + "mlp.dense_4h_to_h.bias", OUT_IN),
          map(LN_FINAL_W, "final_layer_norm.weight", OUT_IN),
          map(LN_FINAL_B, "final_layer_norm.bias", OUT_IN),
          map(W_U, "embed_out.weight", OUT_IN));

  static final Family HUB =
      new HuggingFaceFamily(
          "GPTNeoXForCausalLM",
          "gpt_neox",
          "GPTNeoX",
          "gpt_neox.",
          List.of(
              Pattern.compile(
                  "layers\\.\\d+\\.attention\\.(bias|masked_bias|rotary_emb\\.inv_freq)")),
          false,
          Map.of(),
          GptNeoX::config,
          TABLE);

  private GptNeoX() {}

  private static Row weight(WeightKind kind) {
    return map(kind, LAYER + "attention.query_key_value.weight", OUT_IN.inThirdsByHead());
  }

  private static Row bias(WeightKind kind) {
    return map(kind, LAYER + "attention.query_key_value.bias", OUT_IN.inThirdsByHead())
        .onlyIf(ATTENTION_BIASES, true);
  }

  private static ModelConfig config(Settings settings, WeightNames names) {
    int dModel = settings.size("hidden_size", 6144);
    int heads = settings.size("num_attention_heads", 64);
    int layers = settings.size("num_hidden_layers", 44);
    HuggingFaceFamily.requireDivisible(
        settings, "hidden_size", dModel, "num_attention_heads", heads);
    names.requireLayers(layers, settings.said("num_hidden_layers"), settings.file(), "layers");
    int dHead = dModel / heads;
    settings.refuseUnless("head_dim", dHead, "rotary positions for heads of another width");
    var sizes =
        Sizes.builder()
            .layers(layers)
            .heads(heads)
            .dModel(dModel)
            .dHead(dHead)
            .context(settings.size("max_position_embeddings", 2048))
            .vocabulary(settings.size("vocab_size", 50432))
            .build();
    boolean parallel = settings.flag("use_parallel_residual", true);
    return ModelConfig.of("gpt_neox", sizes)
        .withNorm(new Norm.Layer(settings.positive("layer_norm_eps", 1e-5), Norm.Weights.OWN))
        .withPositional(
            RotarySettings.ofPart(settings, dHead, "rotary_emb_base", "rotary_pct", 0.25))
        .withMlp(
            new Mlp.Plain(
                settings.size("intermediate_size", 24576),
                Activations.transformers(settings, "hidden_act", "gelu")))
        .withOrder(parallel ? BlockOrder.PARALLEL : BlockOrder.SEQUENTIAL);
  }
}
