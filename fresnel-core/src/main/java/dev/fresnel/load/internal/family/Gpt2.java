package dev.fresnel.load.internal.family;

import static dev.fresnel.load.internal.family.Row.map;
import static dev.fresnel.load.internal.weights.Storage.IN_OUT;
import static dev.fresnel.load.internal.weights.Storage.OUT_IN;
import static dev.fresnel.model.WeightKind.*;

import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.config.Attending;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Activation;
import java.util.List;
import java.util.regex.Pattern;

/**
 * GPT-2. The hub's matrices are [in, out], GGUF's [out, in]; in both, one matrix holds queries,
 * keys and values.
 */
final class Gpt2 {
  private static final Table TABLE =
      Table.of(
          map(W_E, "wte.weight", OUT_IN).gguf("token_embd.weight"),
          map(W_POS, "wpe.weight", OUT_IN).gguf("position_embd.weight"),
          map(LN1_W, "h.{l}.ln_1.weight", OUT_IN).gguf("blk.{l}.attn_norm.weight"),
          map(LN1_B, "h.{l}.ln_1.bias", OUT_IN).gguf("blk.{l}.attn_norm.bias"),
          thirds(W_Q, "weight"),
          thirds(B_Q, "bias"),
          thirds(W_K, "weight"),
          thirds(B_K, "bias"),
          thirds(W_V, "weight"),
          thirds(B_V, "bias"),
          map(W_O, "h.{l}.attn.c_proj.weight", IN_OUT).gguf("blk.{l}.attn_output.weight"),
          map(B_O, "h.{l}.attn.c_proj.bias", IN_OUT).gguf("blk.{l}.attn_output.bias"),
          map(LN2_W, "h.{l}.ln_2.weight", OUT_IN).gguf("blk.{l}.ffn_norm.weight"),
          map(LN2_B, "h.{l}.ln_2.bias", OUT_IN).gguf("blk.{l}.ffn_norm.bias"),
          map(W_IN, "h.{l}.mlp.c_fc.weight", IN_OUT).gguf("blk.{l}.ffn_up.weight"),
          map(B_IN, "h.{l}.mlp.c_fc.bias", IN_OUT).gguf("blk.{l}.ffn_up.bias"),
          map(W_OUT, "h.{l}.mlp.c_proj.weight", IN_OUT).gguf("blk.{l}.ffn_down.weight"),
          map(B_OUT, "h.{l}.mlp.c_proj.bias", IN_OUT).gguf("blk.{l}.ffn_down.bias"),
          map(LN_FINAL_W, "ln_f.weight", OUT_IN).gguf("output_norm.weight"),
          map(LN_FINAL_B, "ln_f.bias", OUT_IN).gguf("output_norm.bias"),
          map(W_U, "lm_head.weight", OUT_IN).gguf("output.weight"));

  static final Family HUB =
      new HuggingFaceFamily(
          "GPT2LMHeadModel",
          "gpt2",
          "GPT2",
          "transformer.",
          List.of(Pattern.compile("h\\.\\d+\\.attn\\.(bias|masked_bias)")),
          true,
          HuggingFaceFamily.GPT_NAMES,
          Gpt2::hub,
          TABLE);

  static final Family GGUF = new GgufFamily("gpt2", List.of(), Gpt2::gguf, TABLE);

  private Gpt2() {}

  private static Row thirds(WeightKind kind, String ending) {
    return map(kind, "h.{l}.attn.c_attn." + ending, IN_OUT.inThirds())
        .gguf("blk.{l}.attn_qkv." + ending, OUT_IN.inThirds());
  }

  private static ModelConfig hub(Settings settings, WeightNames names) {
    settings.refuseUnless("add_cross_attention", false, "a decoder that reads an encoder");
    int dModel = settings.size("n_embd", 768);
    int heads = settings.size("n_head", 12);
    int layers = settings.size("n_layer", 12);
    HuggingFaceFamily.requireDivisible(settings, "n_embd", dModel, "n_head", heads);
    names.requireLayers(layers, settings.said("n_layer"), settings.file(), "h");
    int dHead = dModel / heads;
    boolean scaled = settings.flag("scale_attn_weights", true);
    boolean byLayer = settings.flag("scale_attn_by_inverse_layer_idx", false);
    int dMlp = settings.size("n_inner", (int) Math.min(4L * dModel, Integer.MAX_VALUE));
    var attending = Attending.scaledBy(scaled ? Math.sqrt(dHead) : 1);
    var sizes =
        Sizes.builder()
            .layers(layers)
            .heads(heads)
            .dModel(dModel)
            .dHead(dHead)
            .context(settings.size("n_positions", 1024))
            .vocabulary(settings.size("vocab_size", 50257))
            .build();
    return ModelConfig.of("gpt2", sizes)
        .withNorm(new Norm.Layer(settings.positive("layer_norm_epsilon", 1e-5), Norm.Weights.OWN))
        .withAttending(byLayer ? attending.dividedByDepth(layers) : attending.inEveryLayer(layers))
        .withMlp(
            new Mlp.Plain(
                dMlp, Activations.transformers(settings, "activation_function", "gelu_new")));
  }

  /** In GGUF files the GELU is always the tanh formula. */
  private static ModelConfig gguf(Settings settings, WeightNames names) {
    int dModel = settings.size("gpt2.embedding_length");
    int heads = settings.size("gpt2.attention.head_count");
    int layers = settings.size("gpt2.block_count");
    HuggingFaceFamily.requireDivisible(
        settings, "gpt2.embedding_length", dModel, "gpt2.attention.head_count", heads);
    settings.refuseUnless("gpt2.attention.head_count_kv", heads, "as many key heads as heads");
    names.requireLayers(layers, settings.said("gpt2.block_count"), settings.file(), "blk");
    var sizes =
        Sizes.builder()
            .layers(layers)
            .heads(heads)
            .dModel(dModel)
            .dHead(dModel / heads)
            .context(settings.size("gpt2.context_length"))
            .vocabulary(GgufFamily.vocabulary(settings, "gpt2", names))
            .build();
    double epsilon = settings.positive("gpt2.attention.layer_norm_epsilon");
    return ModelConfig.of("gpt2", sizes)
        .withNorm(new Norm.Layer(epsilon, Norm.Weights.OWN))
        .withMlp(new Mlp.Plain(settings.size("gpt2.feed_forward_length"), Activation.GELU_TANH));
  }
}
