package dev.fresnel.load.internal.family;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.load.internal.family.Row.map;
import static dev.fresnel.load.internal.weights.Storage.OUT_IN;
import static dev.fresnel.model.WeightKind.*;

import dev.fresnel.load.internal.weights.Storage;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.model.config.Attending;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Reach;
import dev.fresnel.model.config.Sizes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Gemma 2: norms before and behind attention and MLP, soft caps, windows in every other layer.
 * Files hold a norm's scale less 1, and an embedding that is to be multiplied by the square root of
 * d_model; the unembedding that is tied to it is not.
 */
final class Gemma2 {
  private static final String LAYER = "layers.{l}.";
  private static final Storage LESS_ONE = OUT_IN.changedBy(weight -> weight.plus(1));
  private static final Storage UNSCALED =
      OUT_IN.changedBy(weight -> weight.times(Math.sqrt(weight.size(D_MODEL))));

  private static final Table TABLE =
      Table.of(
          map(W_E, "embed_tokens.weight", UNSCALED),
          map(LN1_W, LAYER + "input_layernorm.weight", LESS_ONE),
          map(W_Q, LAYER + "self_attn.q_proj.weight", OUT_IN),
          map(W_K, LAYER + "self_attn.k_proj.weight", OUT_IN),
          map(W_V, LAYER + "self_attn.v_proj.weight", OUT_IN),
          map(W_O, LAYER + "self_attn.o_proj.weight", OUT_IN),
          map(LN1_POST_W, LAYER + "post_attention_layernorm.weight", LESS_ONE),
          map(LN2_W, LAYER + "pre_feedforward_layernorm.weight", LESS_ONE),
          map(W_IN, LAYER + "mlp.up_proj.weight", OUT_IN),
          map(W_GATE, LAYER + "mlp.gate_proj.weight", OUT_IN),
          map(W_OUT, LAYER + "mlp.down_proj.weight", OUT_IN),
          map(LN2_POST_W, LAYER + "post_feedforward_layernorm.weight", LESS_ONE),
          map(LN_FINAL_W, "norm.weight", LESS_ONE),
          map(W_U, "lm_head.weight", OUT_IN));

  static final Family HUB =
      new HuggingFaceFamily(
          "Gemma2ForCausalLM",
          "gemma2",
          "Gemma2",
          "model.",
          List.of(),
          true,
          Map.of(),
          Gemma2::config,
          TABLE);

  private Gemma2() {}

  private static ModelConfig config(Settings settings, WeightNames names) {
    settings.refuseUnless("attention_bias", false, "biases of queries, keys and values");
    settings.refuseUnless("is_causal", true, "attention to later positions");
    int layers = settings.size("num_hidden_layers", 26);
    int heads = settings.size("num_attention_heads", 8);
    int keyValueHeads = settings.size("num_key_value_heads", 4);
    HuggingFaceFamily.requireDivisible(
        settings, "num_attention_heads", heads, "num_key_value_heads", keyValueHeads);
    names.requireLayers(layers, settings.said("num_hidden_layers"), settings.file(), "layers");
    int dHead = settings.size("head_dim", 256);
    int vocabulary = settings.size("vocab_size", 256000);
    var sizes =
        Sizes.builder()
            .layers(layers)
            .heads(heads)
            .keyValueHeads(keyValueHeads)
            .dModel(settings.size("hidden_size", 2304))
            .dHead(dHead)
            .context(settings.size("max_position_embeddings", 8192))
            .vocabulary(vocabulary)
            .build();
    var norm = new Norm.Rms(settings.positive("rms_norm_eps", 1e-6), Norm.Weights.OWN);
    var config =
        ModelConfig.of("gemma2", sizes)
            .withNorm(norm)
            .withNormBehind(norm)
            .withPositional(RotarySettings.read(settings, dHead))
            .withAttending(attending(settings, layers))
            .withMlp(
                new Mlp.Gated(
                    settings.size("intermediate_size", 9216),
                    Activations.transformers(settings, "hidden_activation", "gelu_pytorch_tanh")));
    OptionalDouble logitCap = cap(settings, "final_logit_softcapping", 30);
    return logitCap.isPresent() ? config.withLogitCap(logitCap.getAsDouble()) : config;
  }

  /** Layers 0, 2, 4, … have the window, unless {@code layer_types} says otherwise. */
  private static List<Attending> attending(Settings settings, int layers) {
    var everywhere = Attending.scaledBy(Math.sqrt(settings.positive("query_pre_attn_scalar", 256)));
    OptionalDouble cap = cap(settings, "attn_logit_softcapping", 50);
    var far = cap.isPresent() ? everywhere.withCap(cap.getAsDouble()) : everywhere;
    boolean windows = !settings.mentions("sliding_window") || settings.has("sliding_window");
    var near = windows ? far.withReach(new Reach(settings.size("sliding_window", 4096))) : far;
    List<String> types = settings.texts("layer_types");
    if (!types.isEmpty() && types.size() != layers) {
      throw settings.refused("layer_types", "there must be one for each of " + layers + " layers");
    }
    var attending = new ArrayList<Attending>();
    for (int layer = 0; layer < layers; layer++) {
      String usual = layer % 2 == 0 ? "sliding_attention" : "full_attention";
      attending.add(
          switch (types.isEmpty() ? usual : types.get(layer)) {
            case "sliding_attention" -> near;
            case "full_attention" -> far;
            default ->
                throw settings.refused("layer_types", "known: sliding_attention, full_attention");
          });
    }
    return attending;
  }

  /** A cap that is null is none; one that is absent is the usual one. */
  private static OptionalDouble cap(Settings settings, String key, double absent) {
    return settings.mentions(key) && !settings.has(key)
        ? OptionalDouble.empty()
        : OptionalDouble.of(settings.positive(key, absent));
  }
}
