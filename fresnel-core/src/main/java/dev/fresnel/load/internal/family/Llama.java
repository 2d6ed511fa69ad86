package dev.fresnel.load.internal.family;

import static dev.fresnel.load.internal.family.Row.map;
import static dev.fresnel.load.internal.weights.Storage.OUT_IN;
import static dev.fresnel.model.WeightKind.*;

import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.model.config.Attending;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Activation;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Llama and models with its layout (SmolLM2). In GGUF files the rows of queries and keys are in the
 * order of ggml's rotary embedding.
 */
final class Llama {
  private static final String ATTENTION = "layers.{l}.self_attn.";
  private static final String MLP = "layers.{l}.mlp.";

  private static final Table TABLE =
      Table.of(
          map(W_E, "embed_tokens.weight", OUT_IN).gguf("token_embd.weight"),
          map(LN1_W, "layers.{l}.input_layernorm.weight", OUT_IN).gguf("blk.{l}.attn_norm.weight"),
          map(W_Q, ATTENTION + "q_proj.weight", OUT_IN)
              .gguf("blk.{l}.attn_q.weight", OUT_IN.inNeighbours()),
          map(B_Q, ATTENTION + "q_proj.bias", OUT_IN)
              .gguf("blk.{l}.attn_q.bias", OUT_IN.inNeighbours())
              .onlyIf("attention_bias", false),
          map(W_K, ATTENTION + "k_proj.weight", OUT_IN)
              .gguf("blk.{l}.attn_k.weight", OUT_IN.inNeighbours()),
          map(B_K, ATTENTION + "k_proj.bias", OUT_IN)
              .gguf("blk.{l}.attn_k.bias", OUT_IN.inNeighbours())
              .onlyIf("attention_bias", false),
          map(W_V, ATTENTION + "v_proj.weight", OUT_IN).gguf("blk.{l}.attn_v.weight"),
          map(B_V, ATTENTION + "v_proj.bias", OUT_IN)
              .gguf("blk.{l}.attn_v.bias")
              .onlyIf("attention_bias", false),
          map(W_O, ATTENTION + "o_proj.weight", OUT_IN).gguf("blk.{l}.attn_output.weight"),
          map(B_O, ATTENTION + "o_proj.bias", OUT_IN)
              .gguf("blk.{l}.attn_output.bias")
              .onlyIf("attention_bias", false),
          map(LN2_W, "layers.{l}.post_attention_layernorm.weight", OUT_IN)
              .gguf("blk.{l}.ffn_norm.weight"),
          map(W_IN, MLP + "up_proj.weight", OUT_IN).gguf("blk.{l}.ffn_up.weight"),
          map(B_UP, MLP + "up_proj.bias", OUT_IN)
              .gguf("blk.{l}.ffn_up.bias")
              .onlyIf("mlp_bias", false),
          map(W_GATE, MLP + "gate_proj.weight", OUT_IN).gguf("blk.{l}.ffn_gate.weight"),
          map(B_GATE, MLP + "gate_proj.bias", OUT_IN)
              .gguf("blk.{l}.ffn_gate.bias")
              .onlyIf("mlp_bias", false),
          map(W_OUT, MLP + "down_proj.weight", OUT_IN).gguf("blk.{l}.ffn_down.weight"),
          map(B_OUT, MLP + "down_proj.bias", OUT_IN)
              .gguf("blk.{l}.ffn_down.bias")
              .onlyIf("mlp_bias", false),
          map(LN_FINAL_W, "norm.weight", OUT_IN).gguf("output_norm.weight"),
          map(W_U, "lm_head.weight", OUT_IN).gguf("output.weight"));

  static final Family HUB =
      new HuggingFaceFamily(
          "LlamaForCausalLM",
          "llama",
          "Llama",
          "model.",
          List.of(Pattern.compile("(layers\\.\\d+\\.self_attn\\.)?rotary_emb\\.inv_freq")),
          false,
          Map.of(),
          Llama::hub,
          TABLE);

  static final Family GGUF =
      new GgufFamily("llama", List.of(Pattern.compile("rope_freqs\\.weight")), Llama::gguf, TABLE);

  private Llama() {}

  private static ModelConfig hub(Settings settings, WeightNames names) {
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
    names.requireLayers(layers, settings.said("num_hidden_layers"), settings.file(), "layers");
    var sizes =
        Sizes.builder()
            .layers(layers)
            .heads(heads)
            .keyValueHeads(keyValueHeads)
            .dModel(dModel)
            .dHead(dHead)
            .context(settings.size("max_position_embeddings", 2048))
            .vocabulary(vocabulary)
            .build();
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

  private static ModelConfig gguf(Settings settings, WeightNames names) {
    int dModel = settings.size("llama.embedding_length");
    int heads = settings.size("llama.attention.head_count");
    int layers = settings.size("llama.block_count");
    int dHead = headWidth(settings, dModel, heads);
    int keyValueHeads = settings.size("llama.attention.head_count_kv", heads);
    HuggingFaceFamily.requireDivisible(
        settings,
        "llama.attention.head_count",
        heads,
        "llama.attention.head_count_kv",
        keyValueHeads);
    names.requireLayers(layers, settings.said("llama.block_count"), settings.file(), "blk");
    int vocabulary = GgufFamily.vocabulary(settings, "llama", names);
    double epsilon = settings.positive("llama.attention.layer_norm_rms_epsilon");
    double scale = settings.positive("llama.attention.scale", 1 / Math.sqrt(dHead));
    var sizes =
        Sizes.builder()
            .layers(layers)
            .heads(heads)
            .keyValueHeads(keyValueHeads)
            .dModel(dModel)
            .dHead(dHead)
            .context(settings.size("llama.context_length"))
            .vocabulary(vocabulary)
            .build();
    return ModelConfig.of("llama", sizes)
        .withNorm(new Norm.Rms(epsilon, Norm.Weights.OWN))
        .withPositional(GgufFamily.rotary(settings, "llama", dHead, names))
        .withAttending(Attending.scaledBy(1 / scale))
        .withMlp(new Mlp.Gated(settings.size("llama.feed_forward_length"), Activation.SILU));
  }

  private static int headWidth(Settings settings, int dModel, int heads) {
    if (!settings.has("llama.attention.key_length")) {
      HuggingFaceFamily.requireDivisible(
          settings, "llama.embedding_length", dModel, "llama.attention.head_count", heads);
    }
    int dHead = settings.size("llama.attention.key_length", Math.max(1, dModel / heads));
    settings.refuseUnless(
        "llama.attention.value_length", dHead, "values as long as keys are known");
    return dHead;
  }
}
