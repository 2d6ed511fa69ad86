package dev.fresnel.load.internal.family;

import static dev.fresnel.load.internal.family.Row.map;
import static dev.fresnel.load.internal.weights.Storage.OUT_IN;
import static dev.fresnel.model.WeightKind.*;

import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Sizes;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** OPT. Its table of positions begins with two rows that no text reads. */
final class Opt {
  private static final String LAYER = "decoder.layers.{l}.";
  private static final String BIASES = "enable_bias";

  private static final Table TABLE =
      Table.of(
          map(W_E, "decoder.embed_tokens.weight", OUT_IN),
          map(W_POS, "decoder.embed_positions.weight", OUT_IN.behindRows(2)),
          map(LN1_W, LAYER + "self_attn_layer_norm.weight", OUT_IN),
          map(LN1_B, LAYER + "self_attn_layer_norm.bias", OUT_IN),
          map(W_Q, LAYER + "self_attn.q_proj.weight", OUT_IN),
          map(B_Q, LAYER + "self_attn.q_proj.bias", OUT_IN).onlyIf(BIASES, true),
          map(W_K, LAYER + "self_attn.k_proj.weight", OUT_IN),
          map(B_K, LAYER + "self_attn.k_proj.bias", OUT_IN).onlyIf(BIASES, true),
          map(W_V, LAYER + "self_attn.v_proj.weight", OUT_IN),
          map(B_V, LAYER + "self_attn.v_proj.bias", OUT_IN).onlyIf(BIASES, true),
          map(W_O, LAYER + "self_attn.out_proj.weight", OUT_IN),
          map(B_O, LAYER + "self_attn.out_proj.bias", OUT_IN).onlyIf(BIASES, true),
          map(LN2_W, LAYER + "final_layer_norm.weight", OUT_IN),
          map(LN2_B, LAYER + "final_layer_norm.bias", OUT_IN),
          map(W_IN, LAYER + "fc1.weight", OUT_IN),
          map(B_IN, LAYER + "fc1.bias", OUT_IN).onlyIf(BIASES, true),
          map(W_OUT, LAYER + "fc2.weight", OUT_IN),
          map(B_OUT, LAYER + "fc2.bias", OUT_IN).onlyIf(BIASES, true),
          map(LN_FINAL_W, "decoder.final_layer_norm.weight", OUT_IN),
          map(LN_FINAL_B, "decoder.final_layer_norm.bias", OUT_IN),
          map(W_U, "lm_head.weight", OUT_IN));

  static final Family HUB =
      new HuggingFaceFamily(
          "OPTForCausalLM",
          "opt",
          "OPT",
          "model.",
          List.of(Pattern.compile("decoder\\.version")),
          true,
          Map.of(),
          Opt::config,
          TABLE);

  private Opt() {}

  private static ModelConfig config(Settings settings, WeightNames names) {
    int dModel = settings.size("hidden_size", 768);
    int heads = settings.size("num_attention_heads", 12);
    int layers = settings.size("num_hidden_layers", 12);
    settings.refuseUnless("do_layer_norm_before", true, "norms behind attention and MLP alone");
    settings.refuseUnless("word_embed_proj_dim", dModel, "embeddings of another width");
    settings.refuseUnless("_remove_final_layer_norm", false, "no norm at the end");
    settings.refuseUnless("layer_norm_elementwise_affine", true, "norms without weights");
    HuggingFaceFamily.requireDivisible(
        settings, "hidden_size", dModel, "num_attention_heads", heads);
    names.requireLayers(
        layers, settings.said("num_hidden_layers"), settings.file(), "decoder.layers");
    var sizes =
        Sizes.builder()
            .layers(layers)
            .heads(heads)
            .dModel(dModel)
            .dHead(dModel / heads)
            .context(settings.size("max_position_embeddings", 2048))
            .vocabulary(settings.size("vocab_size", 50272))
            .build();
    return ModelConfig.of("opt", sizes)
        .withMlp(
            new Mlp.Plain(
                settings.size("ffn_dim", 3072),
                Activations.transformers(settings, "activation_function", "relu")));
  }
}
