package dev.fresnel.load.internal.family;

import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MLP;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;

import dev.fresnel.load.internal.weights.WeightLayout;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.load.internal.weights.WeightViews;
import dev.fresnel.model.config.Attending;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Activation;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Llama in a GGUF file. Rows of q and k stand in the order of ggml's rotary embedding, which turns
 * neighbours together, and are put back to the order of the hub's files, which turns halves.
 */
record GgufLlama() implements Architecture {
  private static final Dim PAIR = new Dim("pair");
  private static final Dim SIDE = new Dim("side");

  @Override
  public String family() {
    return "llama";
  }

  @Override
  public String label() {
    return ".gguf files of llama";
  }

  @Override
  public boolean claims(Settings settings) {
    return "llama".equals(settings.raw("general.architecture"));
  }

  @Override
  public String prefix() {
    return "";
  }

  @Override
  public List<Pattern> buffers() {
    return List.of(Pattern.compile("rope_freqs\\.weight"));
  }

  @Override
  public ModelConfig config(Settings settings, WeightNames names) {
    refuseWhatIsNotBuilt(settings);
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
    names.requireLayers(layers, "llama.block_count", settings.file(), "blk");
    int vocabulary = GgufFamily.vocabulary(settings, "llama", names);
    double epsilon = settings.positive("llama.attention.layer_norm_rms_epsilon");
    double scale = settings.positive("llama.attention.scale", 1 / Math.sqrt(dHead));
    var sizes =
        new Sizes(
            layers,
            heads,
            keyValueHeads,
            dModel,
            dHead,
            settings.size("llama.context_length"),
            vocabulary,
            vocabulary);
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

  private static void refuseWhatIsNotBuilt(Settings settings) {
    settings.refuseUnless("llama.expert_count", 0, "a mixture of experts");
    settings.refuseUnless("llama.attention.causal", true, "attention to later positions");
    settings.refuseUnless(
        "llama.attention.sliding_window", 0, "attention to the last few positions only");
    settings.refuseUnless("llama.attention.max_alibi_bias", 0, "ALiBi positions");
    settings.refuseUnless("llama.attention.clamp_kqv", 0, "clamped queries, keys and values");
    settings.refuseUnless("llama.use_parallel_residual", false, "attention and MLP in parallel");
    settings.refuseUnless("llama.logit_scale", 1, "scaled logits");
    settings.refuseUnless("llama.embedding_scale", 1, "scaled embeddings");
    settings.refuseUnless("llama.residual_scale", 1, "scaled residuals");
    settings.refuseUnless("llama.attn_logit_softcapping", 0, "a soft cap on attention scores");
    settings.refuseUnless("llama.final_logit_softcapping", 0, "a soft cap on logits");
  }

  @Override
  public WeightLayout layout(ModelConfig config, Settings settings, WeightNames names) {
    Sizes sizes = config.sizes();
    Shape embedding = Shape.of(D_VOCAB, sizes.vocabulary()).and(D_MODEL, sizes.dModel());
    var layout = new WeightLayout().need("embed.W_E", "token_embd.weight", embedding);
    for (int layer = 0; layer < sizes.layers(); layer++) {
      String from = "blk." + layer + ".";
      String to = "blocks." + layer + ".";
      HuggingFaceFamily.norm(layout, config, to + "ln1", from + "attn_norm");
      attention(layout, config, from, to + "attn.");
      HuggingFaceFamily.norm(layout, config, to + "ln2", from + "ffn_norm");
      mlp(layout, config, from, to + "mlp.");
    }
    HuggingFaceFamily.norm(layout, config, "ln_final", "output_norm");
    return GgufFamily.head(layout, embedding, names);
  }

  private static void attention(WeightLayout layout, ModelConfig config, String from, String to) {
    var views = new WeightViews(config.sizes());
    Shape queries = Shape.of(WeightViews.QUERIES, views.queries());
    Shape keys = Shape.of(WeightViews.KEYS, views.keys());
    UnaryOperator<Tensor> query = weight -> halves(views.queryHeads().apply(weight));
    UnaryOperator<Tensor> key = weight -> halves(views.keyHeads().apply(weight));
    layout
        .need(to + "W_Q", from + "attn_q.weight", views.queryRows(), query)
        .need(to + "W_K", from + "attn_k.weight", views.keyRows(), key)
        .need(to + "W_V", from + "attn_v.weight", views.keyRows(), views.keyHeads())
        .need(to + "W_O", from + "attn_output.weight", views.outputColumns(), views.outputHeads())
        .may(to + "b_Q", from + "attn_q.bias", queries, query)
        .may(to + "b_K", from + "attn_k.bias", keys, key)
        .may(to + "b_V", from + "attn_v.bias", keys, views.keyHeads())
        .may(to + "b_O", from + "attn_output.bias", views.perChannel());
  }

  /**
   * Neighbouring dimensions 2i and 2i+1 of a head to i and i+half, where the hub's files have them.
   */
  private static Tensor halves(Tensor heads) {
    Shape pairs = Shape.of(PAIR, heads.size(D_HEAD) / 2).and(SIDE, 2);
    return heads.split(D_HEAD, pairs).merge(SIDE, PAIR, D_HEAD).order(heads.dims());
  }

  private static void mlp(WeightLayout layout, ModelConfig config, String from, String to) {
    Shape channels = Shape.of(D_MODEL, config.sizes().dModel());
    Shape neurons = Shape.of(D_MLP, config.mlp().width());
    Shape inward = neurons.and(D_MODEL, config.sizes().dModel());
    layout
        .need(to + "W_gate", from + "ffn_gate.weight", inward, WeightViews.ordered(D_MODEL, D_MLP))
        .need(to + "W_in", from + "ffn_up.weight", inward, WeightViews.ordered(D_MODEL, D_MLP))
        .need(
            to + "W_out",
            from + "ffn_down.weight",
            channels.and(D_MLP, config.mlp().width()),
            WeightViews.ordered(D_MLP, D_MODEL))
        .may(to + "b_gate", from + "ffn_gate.bias", neurons)
        .may(to + "b_up", from + "ffn_up.bias", neurons)
        .may(to + "b_out", from + "ffn_down.bias", channels);
  }
}
