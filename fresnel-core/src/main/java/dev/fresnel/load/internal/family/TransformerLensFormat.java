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
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Shape;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * TransformerLens's own files: a HookedTransformerConfig as config.json and its state dict. Weights
 * already stand under the names and in the layout that everything here uses.
 */
public record TransformerLensFormat() implements Architecture {
  private static final List<Pattern> BUFFERS =
      List.of(Pattern.compile("blocks\\.\\d+\\.attn\\.(mask|IGNORE|rotary_sin|rotary_cos)"));

  @Override
  public String family() {
    return "HookedTransformer";
  }

  @Override
  public String label() {
    return "a TransformerLens configuration (d_model, n_layers, d_head, n_ctx)";
  }

  @Override
  public boolean claims(Settings settings) {
    return !settings.has("model_type")
        && !settings.has("architectures")
        && settings.has("d_model")
        && settings.has("n_layers")
        && settings.has("d_head");
  }

  @Override
  public String prefix() {
    return "";
  }

  @Override
  public List<Pattern> buffers() {
    return BUFFERS;
  }

  @Override
  public void requireSupported(Settings settings) {
    TransformerLensConfig.refuseWhatIsNotBuilt(settings);
  }

  @Override
  public ModelConfig config(Settings settings, WeightNames names) {
    return TransformerLensConfig.read(settings, names);
  }

  @Override
  public WeightLayout layout(ModelConfig config, Settings settings, WeightNames names) {
    return layout(config, names::has);
  }

  /** The same for a configuration that was written in code. */
  public static WeightLayout layout(ModelConfig config, Predicate<String> present) {
    Sizes sizes = config.sizes();
    Shape embedding = Shape.of(D_VOCAB, sizes.vocabulary()).and(D_MODEL, sizes.dModel());
    var layout = new WeightLayout().need("embed.W_E", "embed.W_E", embedding);
    boolean hasPositions =
        config.positional() instanceof Positional.Learned
            || config.positional() instanceof Positional.Shortformer;
    if (hasPositions) {
      Shape positions = Shape.of(POS, sizes.context()).and(D_MODEL, sizes.dModel());
      layout.need("pos_embed.W_pos", "pos_embed.W_pos", positions);
    }
    for (int layer = 0; layer < sizes.layers(); layer++) {
      String block = "blocks." + layer + ".";
      norm(layout, config, block + "ln1");
      attention(layout, config, block + "attn.", present);
      if (!config.attentionOnly()) {
        norm(layout, config, block + "ln2");
        mlp(layout, config, block + "mlp.");
      }
    }
    norm(layout, config, "ln_final");
    Shape unembedding = Shape.of(D_MODEL, sizes.dModel()).and(D_VOCAB, sizes.vocabularyOut());
    return layout
        .need("unembed.W_U", "unembed.W_U", unembedding)
        .may("unembed.b_U", "unembed.b_U", Shape.of(D_VOCAB, sizes.vocabularyOut()));
  }

  private static void norm(WeightLayout layout, ModelConfig config, String name) {
    String label = config.norm().label().orElse("");
    Shape perChannel = Shape.of(D_MODEL, config.sizes().dModel());
    boolean own = label.equals("LN") || label.equals("RMS");
    if (own) {
      layout.need(name + ".w", name + ".w", perChannel);
    }
    if (own && config.norm() instanceof Norm.Layer) {
      layout.need(name + ".b", name + ".b", perChannel);
    }
  }

  /** Keys and values of grouped heads stand with an underscore before their name. */
  private static void attention(
      WeightLayout layout, ModelConfig config, String to, Predicate<String> present) {
    Sizes sizes = config.sizes();
    Shape channels = Shape.of(D_MODEL, sizes.dModel());
    Shape queries = Shape.of(HEAD, sizes.heads());
    Shape keys = Shape.of(KV_HEAD, sizes.keyValueHeads());
    layout
        .need(
            to + "W_Q", to + "W_Q", queries.and(D_MODEL, sizes.dModel()).and(D_HEAD, sizes.dHead()))
        .may(to + "b_Q", to + "b_Q", queries.and(D_HEAD, sizes.dHead()));
    for (String letter : List.of("K", "V")) {
      String mark = present.test(to + "_W_" + letter) ? "_" : "";
      layout
          .need(
              to + "W_" + letter,
              to + mark + "W_" + letter,
              keys.and(D_MODEL, sizes.dModel()).and(D_HEAD, sizes.dHead()))
          .may(to + "b_" + letter, to + mark + "b_" + letter, keys.and(D_HEAD, sizes.dHead()));
    }
    layout
        .need(
            to + "W_O", to + "W_O", queries.and(D_HEAD, sizes.dHead()).and(D_MODEL, sizes.dModel()))
        .may(to + "b_O", to + "b_O", channels);
  }

  private static void mlp(WeightLayout layout, ModelConfig config, String to) {
    Shape channels = Shape.of(D_MODEL, config.sizes().dModel());
    Shape neurons = Shape.of(D_MLP, config.mlp().width());
    Shape inward = channels.and(D_MLP, config.mlp().width());
    layout.need(to + "W_in", to + "W_in", inward).may(to + "b_in", to + "b_in", neurons);
    if (config.mlp() instanceof Mlp.Gated) {
      layout
          .need(to + "W_gate", to + "W_gate", inward)
          .may(to + "b_gate", to + "b_gate", neurons)
          .may(to + "b_up", to + "b_up", neurons);
    }
    layout
        .need(to + "W_out", to + "W_out", neurons.and(D_MODEL, config.sizes().dModel()))
        .may(to + "b_out", to + "b_out", channels);
  }
}
