package dev.fresnel.load.internal.family;

import static dev.fresnel.hook.Dims.D_MLP;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;

import dev.fresnel.load.internal.weights.WeightLayout;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.load.internal.weights.WeightViews;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Shape;
import java.util.List;
import java.util.regex.Pattern;

/** Llama in the hub's layout, and what shares it (SmolLM2). Its matrices stand as [out, in]. */
record Llama() implements Architecture {
  @Override
  public String family() {
    return "LlamaForCausalLM";
  }

  @Override
  public String label() {
    return "LlamaForCausalLM (model_type llama)";
  }

  @Override
  public boolean claims(Settings settings) {
    return HuggingFaceFamily.is(settings, "llama", "Llama");
  }

  @Override
  public String prefix() {
    return "model.";
  }

  @Override
  public List<Pattern> buffers() {
    return List.of(Pattern.compile("(layers\\.\\d+\\.self_attn\\.)?rotary_emb\\.inv_freq"));
  }

  @Override
  public void requireSupported(Settings settings) {
    HuggingFaceFamily.refuseWhatNoFamilyHas(settings);
  }

  @Override
  public ModelConfig config(Settings settings, WeightNames names) {
    HuggingFaceFamily.refuseWhatNoFamilyHas(settings);
    refuseOtherAttention(settings);
    int dModel = settings.size("hidden_size", 4096);
    int heads = settings.size("num_attention_heads", 32);
    int keyValueHeads = settings.size("num_key_value_heads", heads);
    int layers = settings.size("num_hidden_layers", 32);
    if (!settings.has("head_dim")) {
      HuggingFaceFamily.requireDivisible(
          settings, "hidden_size", dModel, "num_attention_heads", heads);
    }
    HuggingFaceFamily.requireDivisible(
        settings, "num_attention_heads", heads, "num_key_value_heads", keyValueHeads);
    int dHead = settings.size("head_dim", Math.max(1, dModel / heads));
    int vocabulary = settings.size("vocab_size", 32000);
    names.requireLayers(layers, "num_hidden_layers", settings.file(), "layers");
    var sizes =
        new Sizes(
            layers,
            heads,
            keyValueHeads,
            dModel,
            dHead,
            settings.size("max_position_embeddings", 2048),
            vocabulary,
            vocabulary);
    return ModelConfig.of("llama", sizes)
        .withNorm(new Norm.Rms(settings.positive("rms_norm_eps", 1e-6), Norm.Weights.OWN))
        .withPositional(RotarySettings.read(settings, dHead))
        .withMlp(
            new Mlp.Gated(
                settings.size("intermediate_size", 11008),
                Activations.transformers(settings, "hidden_act", "silu")));
  }

  private static void refuseOtherAttention(Settings settings) {
    if (settings.has("sliding_window") && settings.flag("use_sliding_window", true)) {
      throw settings.refused("sliding_window", "attention to the last few positions only");
    }
    for (String type : settings.texts("layer_types")) {
      if (!type.equals("full_attention")) {
        throw settings.refused("layer_types", "only full_attention is known");
      }
    }
    settings.refuseUnless("is_causal", true, "attention to later positions");
  }

  @Override
  public WeightLayout layout(ModelConfig config, Settings settings, WeightNames names) {
    Sizes sizes = config.sizes();
    Shape embedding = Shape.of(D_VOCAB, sizes.vocabulary()).and(D_MODEL, sizes.dModel());
    var layout = new WeightLayout().need("embed.W_E", "embed_tokens.weight", embedding);
    boolean attentionBias = settings.flag("attention_bias", false);
    boolean mlpBias = settings.flag("mlp_bias", false);
    for (int layer = 0; layer < sizes.layers(); layer++) {
      String from = "layers." + layer + ".";
      String to = "blocks." + layer + ".";
      HuggingFaceFamily.norm(layout, config, to + "ln1", from + "input_layernorm");
      attention(layout, config, from + "self_attn.", to + "attn.", attentionBias);
      HuggingFaceFamily.norm(layout, config, to + "ln2", from + "post_attention_layernorm");
      mlp(layout, config, from + "mlp.", to + "mlp.", mlpBias);
    }
    HuggingFaceFamily.norm(layout, config, "ln_final", "norm");
    boolean tied = settings.flag("tie_word_embeddings", false);
    return HuggingFaceFamily.head(layout, embedding, tied, "embed_tokens.weight");
  }

  private static void attention(
      WeightLayout layout, ModelConfig config, String from, String to, boolean bias) {
    var views = new WeightViews(config.sizes());
    layout
        .need(to + "W_Q", from + "q_proj.weight", views.queryRows(), views.queryHeads())
        .need(to + "W_K", from + "k_proj.weight", views.keyRows(), views.keyHeads())
        .need(to + "W_V", from + "v_proj.weight", views.keyRows(), views.keyHeads())
        .need(to + "W_O", from + "o_proj.weight", views.outputColumns(), views.outputHeads());
    if (bias) {
      Shape queries = Shape.of(WeightViews.QUERIES, views.queries());
      Shape keys = Shape.of(WeightViews.KEYS, views.keys());
      layout
          .need(to + "b_Q", from + "q_proj.bias", queries, views.queryHeads())
          .need(to + "b_K", from + "k_proj.bias", keys, views.keyHeads())
          .need(to + "b_V", from + "v_proj.bias", keys, views.keyHeads())
          .need(to + "b_O", from + "o_proj.bias", views.perChannel());
    }
  }

  private static void mlp(
      WeightLayout layout, ModelConfig config, String from, String to, boolean bias) {
    Shape channels = Shape.of(D_MODEL, config.sizes().dModel());
    Shape neurons = Shape.of(D_MLP, config.mlp().width());
    Shape inward = neurons.and(D_MODEL, config.sizes().dModel());
    Shape outward = channels.and(D_MLP, config.mlp().width());
    layout
        .need(to + "W_gate", from + "gate_proj.weight", inward, WeightViews.ordered(D_MODEL, D_MLP))
        .need(to + "W_in", from + "up_proj.weight", inward, WeightViews.ordered(D_MODEL, D_MLP))
        .need(
            to + "W_out", from + "down_proj.weight", outward, WeightViews.ordered(D_MLP, D_MODEL));
    if (bias) {
      layout
          .need(to + "b_gate", from + "gate_proj.bias", neurons)
          .need(to + "b_up", from + "up_proj.bias", neurons)
          .need(to + "b_out", from + "down_proj.bias", channels);
    }
  }
}
