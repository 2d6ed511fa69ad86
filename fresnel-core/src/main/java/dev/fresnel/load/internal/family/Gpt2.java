package dev.fresnel.load.internal.family;

import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MLP;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.load.internal.weights.WeightLayout;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.load.internal.weights.WeightViews;
import dev.fresnel.model.config.Attending;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * GPT-2 in the hub's layout. Its matrices stand as [in, out]; one holds queries, keys and values.
 */
record Gpt2() implements Architecture {
  /** Queries, keys and values in one axis. */
  static final Dim QKV = new Dim("3*d_model");

  @Override
  public String family() {
    return "GPT2LMHeadModel";
  }

  @Override
  public String label() {
    return "GPT2LMHeadModel (model_type gpt2)";
  }

  @Override
  public boolean claims(Settings settings) {
    return HuggingFaceFamily.is(settings, "gpt2", "GPT2");
  }

  @Override
  public String prefix() {
    return "transformer.";
  }

  @Override
  public List<Pattern> buffers() {
    return List.of(Pattern.compile("h\\.\\d+\\.attn\\.(bias|masked_bias)"));
  }

  @Override
  public void requireSupported(Settings settings) {
    HuggingFaceFamily.refuseWhatNoFamilyHas(settings);
  }

  @Override
  public ModelConfig config(Settings settings, WeightNames names) {
    HuggingFaceFamily.refuseWhatNoFamilyHas(settings);
    settings.refuseUnless("add_cross_attention", false, "a decoder that reads an encoder");
    int dModel = settings.size("n_embd", 768);
    int heads = settings.size("n_head", 12);
    int layers = settings.size("n_layer", 12);
    HuggingFaceFamily.requireDivisible(settings, "n_embd", dModel, "n_head", heads);
    names.requireLayers(layers, "n_layer", settings.file(), "h");
    int dHead = dModel / heads;
    boolean scaled = settings.flag("scale_attn_weights", true);
    boolean byLayer = settings.flag("scale_attn_by_inverse_layer_idx", false);
    int dMlp = settings.size("n_inner", (int) Math.min(4L * dModel, Integer.MAX_VALUE));
    var attending = Attending.scaledBy(scaled ? Math.sqrt(dHead) : 1);
    var sizes =
        new Sizes(
            layers,
            heads,
            dHead,
            dModel,
            settings.size("n_positions", 1024),
            settings.size("vocab_size", 50257));
    return ModelConfig.of("gpt2", sizes)
        .withNorm(new Norm.Layer(settings.positive("layer_norm_epsilon", 1e-5), Norm.Weights.OWN))
        .withAttending(byLayer ? attending.dividedByDepth(layers) : attending.inEveryLayer(layers))
        .withMlp(
            new Mlp.Plain(
                dMlp, Activations.transformers(settings, "activation_function", "gelu_new")));
  }

  @Override
  public WeightLayout layout(ModelConfig config, Settings settings, WeightNames names) {
    Sizes sizes = config.sizes();
    Shape embedding = Shape.of(D_VOCAB, sizes.vocabulary()).and(D_MODEL, sizes.dModel());
    var layout =
        new WeightLayout()
            .need("embed.W_E", "wte.weight", embedding)
            .need(
                "pos_embed.W_pos",
                "wpe.weight",
                Shape.of(POS, sizes.context()).and(D_MODEL, sizes.dModel()));
    for (int layer = 0; layer < sizes.layers(); layer++) {
      block(layout, config, "h." + layer + ".", "blocks." + layer + ".");
    }
    HuggingFaceFamily.norm(layout, config, "ln_final", "ln_f");
    return HuggingFaceFamily.head(
        layout, embedding, settings.flag("tie_word_embeddings", true), "wte.weight");
  }

  private static void block(WeightLayout layout, ModelConfig config, String from, String to) {
    Sizes sizes = config.sizes();
    Shape wide = Shape.of(D_MODEL, sizes.dModel());
    Shape qkv = wide.and(QKV, 3L * sizes.dModel());
    Shape qkvBias = Shape.of(QKV, 3L * sizes.dModel());
    var views = new WeightViews(sizes);
    HuggingFaceFamily.norm(layout, config, to + "ln1", from + "ln_1");
    Dim[] readers = {HEAD, KV_HEAD, KV_HEAD};
    for (int i = 0; i < 3; i++) {
      String letter = "QKV".substring(i, i + 1);
      layout
          .need(
              to + "attn.W_" + letter,
              from + "attn.c_attn.weight",
              qkv,
              third(sizes, i, readers[i]))
          .need(
              to + "attn.b_" + letter,
              from + "attn.c_attn.bias",
              qkvBias,
              third(sizes, i, readers[i]));
    }
    HuggingFaceFamily.norm(layout, config, to + "ln2", from + "ln_2");
    int dMlp = config.mlp().width();
    layout
        .need(
            to + "attn.W_O",
            from + "attn.c_proj.weight",
            Shape.of(WeightViews.QUERIES, views.queries()).and(D_MODEL, sizes.dModel()),
            views.outputHeads())
        .need(to + "attn.b_O", from + "attn.c_proj.bias", wide)
        .need(to + "mlp.W_in", from + "mlp.c_fc.weight", wide.and(D_MLP, dMlp))
        .need(to + "mlp.b_in", from + "mlp.c_fc.bias", Shape.of(D_MLP, dMlp))
        .need(
            to + "mlp.W_out",
            from + "mlp.c_proj.weight",
            Shape.of(D_MLP, dMlp).and(D_MODEL, sizes.dModel()))
        .need(to + "mlp.b_out", from + "mlp.c_proj.bias", wide);
  }

  /** Queries, keys or values out of the axis that holds all three, head by head. */
  static UnaryOperator<Tensor> third(Sizes sizes, int which, Dim head) {
    long width = sizes.dModel();
    Shape split = Shape.of(head, sizes.heads()).and(D_HEAD, sizes.dHead());
    return weight -> {
      Tensor part = weight.slice(QKV, which * width, (which + 1) * width).split(QKV, split);
      return part.has(D_MODEL) ? part.order(head, D_MODEL, D_HEAD) : part;
    };
  }
}
