package dev.fresnel.load.internal.family;

import static dev.fresnel.load.internal.family.Row.map;
import static dev.fresnel.load.internal.weights.Storage.OUT_IN;
import static dev.fresnel.model.WeightKind.*;

import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Activation;
import java.util.List;
import java.util.Map;

/** BLOOM: ALiBi, and a norm behind the embedding. */
final class Bloom {
  private static final String LAYER = "h.{l}.";

  /** TransformerLens's limit for a model that states none; ALiBi itself knows no longest text. */
  private static final int USUAL_CONTEXT = 2048;

  private static final Table TABLE =
      Table.of(
          map(W_E, "word_embeddings.weight", OUT_IN),
          map(EMBED_LN_W, "word_embeddings_layernorm.weight", OUT_IN),
          map(EMBED_LN_B, "word_embeddings_layernorm.bias", OUT_IN),
          map(LN1_W, LAYER + "input_layernorm.weight", OUT_IN),
          map(LN1_B, LAYER + "input_layernorm.bias", OUT_IN),
          packed(W_Q, "weight"),
          packed(B_Q, "bias"),
          packed(W_K, "weight"),
          packed(B_K, "bias"),
          packed(W_V, "weight"),
          packed(B_V, "bias"),
          map(W_O, LAYER + "self_attention.dense.weight", OUT_IN),
          map(B_O, LAYER + "self_attention.dense.bias", OUT_IN),
          map(LN2_W, LAYER + "post_attention_layernorm.weight", OUT_IN),
          map(LN2_B, LAYER + "post_attention_layernorm.bias", OUT_IN),
          map(W_IN, LAYER + "mlp.dense_h_to_4h.weight", OUT_IN),
          map(B_IN, LAYER + "mlp.dense_h_to_4h.bias", OUT_IN),
          map(W_OUT, LAYER + "mlp.dense_4h_to_h.weight", OUT_IN),
          map(B_OUT, LAYER + "mlp.dense_4h_to_h.bias", OUT_IN),
          map(LN_FINAL_W, "ln_f.weight", OUT_IN),
          map(LN_FINAL_B, "ln_f.bias", OUT_IN),
          map(W_U, "lm_head.weight", OUT_IN));

  static final Family HUB =
      new HuggingFaceFamily(
          "BloomForCausalLM",
          "bloom",
          "Bloom",
          "transformer.",
          List.of(),
          true,
          Map.of(
              "num_hidden_layers", "n_layer",
              "num_attention_heads", "n_head",
              "n_embed", "hidden_size"),
          Bloom::config,
          TABLE);

  private Bloom() {}

  private static Row packed(WeightKind kind, String ending) {
    return map(kind, LAYER + "self_attention.query_key_value." + ending, OUT_IN.inThirdsByHead());
  }

  private static ModelConfig config(Settings settings, WeightNames names) {
    settings.refuseUnless(
        "apply_residual_connection_post_layernorm", false, "a residual stream of norms' outputs");
    int layers = settings.size("n_layer", 2);
    int heads = settings.size("n_head", 8);
    int dModel = settings.size("hidden_size", 64);
    HuggingFaceFamily.requireDivisible(settings, "hidden_size", dModel, "n_head", heads);
    settings.requireAtMost(Family.MOST_ALIBI_HEADS, "n_head", heads);
    names.requireLayers(layers, settings.said("n_layer"), settings.file(), "h");
    var sizes =
        Sizes.builder()
            .layers(layers)
            .heads(heads)
            .dModel(dModel)
            .dHead(dModel / heads)
            .context(settings.size("seq_length", USUAL_CONTEXT))
            .vocabulary(settings.size("vocab_size", 250880))
            .build();
    var norm = new Norm.Layer(settings.positive("layer_norm_epsilon", 1e-5), Norm.Weights.OWN);
    int dMlp = (int) Math.min(4L * dModel, Integer.MAX_VALUE);
    return ModelConfig.of("bloom", sizes)
        .withEmbeddingNorm(norm)
        .withNorm(norm)
        .withPositional(Positional.Alibi.standard(heads))
        .withMlp(new Mlp.Plain(dMlp, Activation.GELU_TANH))
        .withPrependBos(false);
  }
}
