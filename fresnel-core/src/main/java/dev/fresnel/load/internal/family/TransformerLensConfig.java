package dev.fresnel.load.internal.family;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.config.Attending;
import dev.fresnel.model.config.BlockOrder;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Reach;
import dev.fresnel.model.config.RotaryPairs;
import dev.fresnel.model.config.RotaryScaling;
import dev.fresnel.model.config.Sizes;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A HookedTransformerConfig written as JSON: all its fields that change the forward pass are
 * honoured, or refused by name. The few keys of its author's published models ({@code
 * normalization}, {@code shortformer_pos}) are read too.
 */
public final class TransformerLensConfig {
  private static final Map<String, Object> NTK_DEFAULTS =
      Map.of(
          "NTK_by_parts_factor", 8,
          "NTK_by_parts_low_freq_factor", 1,
          "NTK_by_parts_high_freq_factor", 4,
          "NTK_original_ctx_len", 8192);

  private TransformerLensConfig() {}

  public static ModelConfig read(Settings settings, WeightNames names) {
    names.requireLayers(
        settings.size("n_layers"), settings.said("n_layers"), settings.file(), "blocks");
    return read(settings, names.size(WeightKind.W_E.suffix(), 0));
  }

  /**
   * @param embedded how many tokens an embedding has, for a configuration that does not say it
   */
  public static ModelConfig read(Settings settings, OptionalInt embedded) {
    refuseWhatIsNotBuilt(settings);
    Sizes sizes = sizes(settings, embedded);
    Norm norm = norm(settings);
    boolean parallel = settings.flag("parallel_attn_mlp", false);
    var config =
        ModelConfig.of(settings.text("model_name", "custom"), sizes)
            .withEmbeddingNorm(embeddingNorm(settings))
            .withNorm(norm)
            .withNormBehind(normBehind(settings, norm))
            .withPositional(positional(settings, sizes))
            .withAttending(attending(settings, sizes))
            .withMlp(mlp(settings, sizes.dModel()))
            .withOrder(parallel ? BlockOrder.PARALLEL : BlockOrder.SEQUENTIAL)
            .withPrependBos(settings.flag("default_prepend_bos", true));
    OptionalDouble cap = cap(settings, "output_logits_soft_cap");
    return cap.isPresent() ? config.withLogitCap(cap.getAsDouble()) : config;
  }

  /** TransformerLens writes -1 for no cap. */
  private static OptionalDouble cap(Settings settings, String key) {
    return settings.number(key, -1) > 0
        ? OptionalDouble.of(settings.positive(key))
        : OptionalDouble.empty();
  }

  /** A norm behind the embedding keeps its weights, whatever is folded elsewhere. */
  private static Norm embeddingNorm(Settings settings) {
    return settings.flag("post_embedding_ln", false)
        ? new Norm.Layer(settings.positive("eps", 1e-5), Norm.Weights.OWN)
        : new Norm.None();
  }

  /** Norms behind attention and MLP keep their weights, whatever is folded elsewhere. */
  private static Norm normBehind(Settings settings, Norm norm) {
    String key = "use_normalization_before_and_after";
    if (!settings.flag(key, false)) {
      return new Norm.None();
    }
    if (norm instanceof Norm.Layer) {
      throw settings.refused(key, "with RMS norms only, as in TransformerLens");
    }
    return norm instanceof Norm.Rms rms ? new Norm.Rms(rms.epsilon(), Norm.Weights.OWN) : norm;
  }

  static void refuseWhatIsNotBuilt(Settings settings) {
    if (settings.text("architecture", "").equals("neel-solu-old")
        || settings.text("original_architecture", "").equals("neel-solu-old")) {
      throw settings.refused(
          settings.has("architecture") ? "architecture" : "original_architecture",
          "weights of the first SoLU models, stored the other way round");
    }
    settings.refuseUnless("attention_dir", "causal", "only causal attention is built");
    settings.refuseUnless("use_qk_norm", false, "norms on queries and keys");
    settings.refuseUnless(
        "load_in_4bit", false, "quantized weights are read from .gguf files only");
    settings.refuseUnless("rotary_scaling_factor", 1, "linear rotary scaling in this format");
    settings.refuseUnless("use_yarn_rope", false, "YaRN's rotary scaling");
    if (settings.has("num_experts")) {
      throw settings.refused("num_experts", "a mixture of experts");
    }
    if (settings.has("rotary_base_local")) {
      throw settings.refused("rotary_base_local", "a rotary base of its own for local layers");
    }
  }

  private static Sizes sizes(Settings settings, OptionalInt embedded) {
    int dModel = settings.size("d_model");
    int dHead = settings.size("d_head");
    int heads =
        isUnset(settings, "n_heads") ? Math.max(1, dModel / dHead) : settings.size("n_heads");
    int vocabulary = vocabulary(settings, embedded);
    int keyValueHeads = settings.size("n_key_value_heads", heads);
    HuggingFaceFamily.requireDivisible(
        settings, "n_heads", heads, "n_key_value_heads", keyValueHeads);
    return Sizes.builder()
        .layers(settings.size("n_layers"))
        .heads(heads)
        .keyValueHeads(keyValueHeads)
        .dModel(dModel)
        .dHead(dHead)
        .context(settings.size("n_ctx"))
        .vocabulary(vocabulary)
        .vocabularyOut(isUnset(settings, "d_vocab_out") ? vocabulary : settings.size("d_vocab_out"))
        .build();
  }

  /** What the configuration leaves to a tokenizer, the embedding knows. */
  private static int vocabulary(Settings settings, OptionalInt embedded) {
    if (!isUnset(settings, "d_vocab")) {
      return settings.size("d_vocab");
    }
    return embedded.orElseThrow(
        () ->
            new FresnelException(
                settings.file() + " has no d_vocab, and there is no embed.W_E to take it from"));
  }

  /** TransformerLens writes -1 for what is to be derived. */
  private static boolean isUnset(Settings settings, String key) {
    return !settings.has(key)
        || (settings.raw(key) instanceof Number number && number.intValue() == -1);
  }

  private static Norm norm(Settings settings) {
    String key =
        !settings.mentions("normalization_type") && settings.mentions("normalization")
            ? "normalization"
            : "normalization_type";
    if (settings.mentions(key) && !settings.has(key)) {
      return new Norm.None();
    }
    double epsilon = settings.positive("eps", 1e-5);
    String name = settings.text(key, "LN");
    Norm norm =
        switch (name) {
          case "LN" -> new Norm.Layer(epsilon, Norm.Weights.OWN);
          case "LNPre" -> new Norm.Layer(epsilon, Norm.Weights.FOLDED);
          case "RMS" -> new Norm.Rms(epsilon, Norm.Weights.OWN);
          case "RMSPre" -> new Norm.Rms(epsilon, Norm.Weights.FOLDED);
          default -> throw settings.refused(key, "known: null, LN, LNPre, RMS, RMSPre");
        };
    if (norm instanceof Norm.Layer) {
      settings.refuseUnless("final_rms", false, "an RMS norm at the end of a model of LayerNorms");
    }
    return norm;
  }

  private static Positional positional(Settings settings, Sizes sizes) {
    String usual = settings.flag("shortformer_pos", false) ? "shortformer" : "standard";
    String type = settings.text("positional_embedding_type", usual);
    if (usual.equals("shortformer") && !type.equals(usual)) {
      throw settings.refused("shortformer_pos", "positional_embedding_type says " + type);
    }
    return switch (type) {
      case "standard" -> new Positional.Learned();
      case "shortformer" -> new Positional.Shortformer();
      case "rotary" -> rotary(settings, sizes.dHead());
      case "alibi" -> alibi(settings, sizes.heads());
      default ->
          throw settings.refused(
              "positional_embedding_type", "known: standard, shortformer, rotary, alibi");
    };
  }

  /** TransformerLens's slopes, which for a number of heads that is no power of two are its own. */
  private static Positional alibi(Settings settings, int heads) {
    settings.requireAtMost(Family.MOST_ALIBI_HEADS, "n_heads", heads);
    return new Positional.Alibi(
        IntStream.rangeClosed(1, heads)
            .mapToObj(head -> Math.pow(2, -8.0 * head / heads))
            .toList());
  }

  private static Positional rotary(Settings settings, int dHead) {
    boolean adjacent = settings.flag("rotary_adjacent_pairs", false);
    RotaryScaling scaling =
        settings.flag("use_NTK_by_parts_rope", false)
            ? RotarySettings.byParts(
                settings.or(NTK_DEFAULTS),
                "NTK_by_parts_factor",
                "NTK_by_parts_low_freq_factor",
                "NTK_by_parts_high_freq_factor",
                "NTK_original_ctx_len")
            : new RotaryScaling.None();
    return new Positional.Rotary(
        settings.size("rotary_dim", dHead),
        settings.positive("rotary_base", 10000),
        adjacent ? RotaryPairs.ADJACENT : RotaryPairs.HALVES,
        scaling);
  }

  private static List<Attending> attending(Settings settings, Sizes sizes) {
    double divisor = 1;
    if (settings.flag("use_attn_scale", true)) {
      double given = settings.number("attn_scale", -1);
      divisor = given == -1 ? Math.sqrt(sizes.dHead()) : settings.positive("attn_scale");
    }
    OptionalDouble cap = cap(settings, "attn_scores_soft_cap");
    var attending = Attending.scaledBy(divisor);
    if (cap.isPresent()) {
      attending = attending.withCap(cap.getAsDouble());
    }
    var byLayer =
        settings.flag("scale_attn_by_inverse_layer_idx", false)
            ? attending.dividedByDepth(sizes.layers())
            : attending.inEveryLayer(sizes.layers());
    return settings.flag("use_local_attn", false) ? local(settings, byLayer) : byLayer;
  }

  /** Layers of type {@code local} see the last {@code window_size} positions. */
  private static List<Attending> local(Settings settings, List<Attending> byLayer) {
    List<String> types = settings.texts("attn_types");
    if (types.size() != byLayer.size() || !Set.of("global", "local").containsAll(types)) {
      throw settings.refused(
          "attn_types", "use_local_attn needs global or local for each of the layers");
    }
    var window = new Reach(settings.size("window_size"));
    return IntStream.range(0, byLayer.size())
        .mapToObj(
            layer ->
                types.get(layer).equals("local")
                    ? byLayer.get(layer).withReach(window)
                    : byLayer.get(layer))
        .toList();
  }

  private static Mlp mlp(Settings settings, int dModel) {
    if (settings.flag("attn_only", false)) {
      return new Mlp.None();
    }
    int width = settings.size("d_mlp", (int) Math.min(4L * dModel, Integer.MAX_VALUE));
    var activation = Activations.transformerLens(settings, "act_fn");
    return settings.flag("gated_mlp", false)
        ? new Mlp.Gated(width, activation)
        : new Mlp.Plain(width, activation);
  }
}
