package dev.fresnel.load.internal.family;

import static dev.fresnel.hook.Dims.D_MLP;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.load.internal.weights.WeightLayout;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.load.internal.weights.WeightViews;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Activation;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import java.util.List;
import java.util.regex.Pattern;

/**
 * GPT-2 in a GGUF file: matrices as [out, in], one attn_qkv a layer. Its GELU is the tanh formula.
 */
record GgufGpt2() implements Architecture {
  @Override
  public String family() {
    return "gpt2";
  }

  @Override
  public String label() {
    return ".gguf files of gpt2";
  }

  @Override
  public boolean claims(Settings settings) {
    return "gpt2".equals(settings.raw("general.architecture"));
  }

  @Override
  public String prefix() {
    return "";
  }

  @Override
  public List<Pattern> buffers() {
    return List.of();
  }

  @Override
  public ModelConfig config(Settings settings, WeightNames names) {
    int dModel = settings.size("gpt2.embedding_length");
    int heads = settings.size("gpt2.attention.head_count");
    int layers = settings.size("gpt2.block_count");
    HuggingFaceFamily.requireDivisible(
        settings, "gpt2.embedding_length", dModel, "gpt2.attention.head_count", heads);
    settings.refuseUnless("gpt2.attention.head_count_kv", heads, "as many key heads as heads");
    names.requireLayers(layers, "gpt2.block_count", settings.file(), "blk");
    var sizes =
        new Sizes(
            layers,
            heads,
            dModel / heads,
            dModel,
            settings.size("gpt2.context_length"),
            GgufFamily.vocabulary(settings, "gpt2", names));
    double epsilon = settings.positive("gpt2.attention.layer_norm_epsilon");
    return ModelConfig.of("gpt2", sizes)
        .withNorm(new Norm.Layer(epsilon, Norm.Weights.OWN))
        .withMlp(new Mlp.Plain(settings.size("gpt2.feed_forward_length"), Activation.GELU_TANH));
  }

  @Override
  public WeightLayout layout(ModelConfig config, Settings settings, WeightNames names) {
    Sizes sizes = config.sizes();
    Shape embedding = Shape.of(D_VOCAB, sizes.vocabulary()).and(D_MODEL, sizes.dModel());
    Shape positions = Shape.of(POS, sizes.context()).and(D_MODEL, sizes.dModel());
    var layout =
        new WeightLayout()
            .need("embed.W_E", "token_embd.weight", embedding)
            .need("pos_embed.W_pos", "position_embd.weight", positions);
    for (int layer = 0; layer < sizes.layers(); layer++) {
      block(layout, config, "blk." + layer + ".", "blocks." + layer + ".");
    }
    HuggingFaceFamily.norm(layout, config, "ln_final", "output_norm");
    return GgufFamily.head(layout, embedding, names);
  }

  private static void block(WeightLayout layout, ModelConfig config, String from, String to) {
    Sizes sizes = config.sizes();
    var views = new WeightViews(sizes);
    Shape channels = views.perChannel();
    Shape neurons = Shape.of(D_MLP, config.mlp().width());
    Shape bias = Shape.of(Gpt2.QKV, 3L * sizes.dModel());
    Dim[] readers = {HEAD, KV_HEAD, KV_HEAD};
    HuggingFaceFamily.norm(layout, config, to + "ln1", from + "attn_norm");
    for (int i = 0; i < 3; i++) {
      var third = Gpt2.third(sizes, i, readers[i]);
      String letter = "QKV".substring(i, i + 1);
      layout
          .need(
              to + "attn.W_" + letter,
              from + "attn_qkv.weight",
              bias.and(D_MODEL, sizes.dModel()),
              third)
          .need(to + "attn.b_" + letter, from + "attn_qkv.bias", bias, third);
    }
    HuggingFaceFamily.norm(layout, config, to + "ln2", from + "ffn_norm");
    layout
        .need(
            to + "attn.W_O",
            from + "attn_output.weight",
            views.outputColumns(),
            views.outputHeads())
        .need(to + "attn.b_O", from + "attn_output.bias", channels)
        .need(
            to + "mlp.W_in",
            from + "ffn_up.weight",
            neurons.and(D_MODEL, sizes.dModel()),
            WeightViews.ordered(D_MODEL, D_MLP))
        .need(to + "mlp.b_in", from + "ffn_up.bias", neurons)
        .need(
            to + "mlp.W_out",
            from + "ffn_down.weight",
            channels.and(D_MLP, config.mlp().width()),
            WeightViews.ordered(D_MLP, D_MODEL))
        .need(to + "mlp.b_out", from + "ffn_down.bias", channels);
  }
}
