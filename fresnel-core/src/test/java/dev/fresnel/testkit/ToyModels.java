package dev.fresnel.testkit;

import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MLP;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.Dims.POS;

import dev.fresnel.model.Provenance;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.RotaryPairs;
import dev.fresnel.model.config.RotaryScaling;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.tensor.Activation;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small models with random weights: the same seed gives the same model. */
public final class ToyModels {
  private ToyModels() {}

  /** LN, learned positions, plain MLP, biases: GPT-2's shape with odd sizes. */
  public static Transformer gpt2Like(long seed) {
    return of(
        config(
            Sizes.builder()
                .layers(3)
                .heads(4)
                .dModel(20)
                .dHead(5)
                .context(32)
                .vocabulary(37)
                .build(),
            new Norm.Layer(1e-5, Norm.Weights.OWN),
            new Positional.Learned(),
            new Mlp.Plain(31, Activation.GELU_TANH)),
        seed);
  }

  /** RMS, rotary, grouped heads, gated MLP: Llama's shape with odd sizes. */
  public static Transformer llamaLike(long seed) {
    return of(
        config(
            Sizes.builder()
                .layers(3)
                .heads(6)
                .keyValueHeads(2)
                .dModel(24)
                .dHead(4)
                .context(32)
                .vocabulary(37)
                .build(),
            new Norm.Rms(1e-6, Norm.Weights.OWN),
            new Positional.Rotary(4, 10000, RotaryPairs.HALVES, new RotaryScaling.None()),
            new Mlp.Gated(29, Activation.SILU)),
        seed);
  }

  /** Attention alone, no norm, positions on queries and keys only. */
  public static Transformer shortformer(long seed) {
    return of(
        config(
            Sizes.builder()
                .layers(2)
                .heads(4)
                .dModel(20)
                .dHead(5)
                .context(32)
                .vocabulary(37)
                .build(),
            new Norm.None(),
            new Positional.Shortformer(),
            new Mlp.None()),
        seed);
  }

  /** Attention alone with a norm and learned positions. */
  public static Transformer attentionOnly(long seed) {
    return of(
        config(
            Sizes.builder()
                .layers(2)
                .heads(4)
                .dModel(20)
                .dHead(5)
                .context(32)
                .vocabulary(37)
                .build(),
            new Norm.Layer(1e-5, Norm.Weights.OWN),
            new Positional.Learned(),
            new Mlp.None()),
        seed);
  }

  /** One of each shape above. */
  public static List<Transformer> all(long seed) {
    return List.of(gpt2Like(seed), llamaLike(seed), shortformer(seed), attentionOnly(seed));
  }

  private static ModelConfig config(Sizes sizes, Norm norm, Positional positional, Mlp mlp) {
    return ModelConfig.of("toy", sizes).withNorm(norm).withPositional(positional).withMlp(mlp);
  }

  public static Transformer of(ModelConfig config, long seed) {
    return new Transformer(
        config,
        weights(config, seed),
        null,
        new Provenance("toy " + seed, "toy", List.of(), "random", 0));
  }

  /**
   * Random weights by TransformerLens's names: norms around 1, everything else around 0, biases
   * too.
   */
  public static Map<String, Tensor> weights(ModelConfig config, long seed) {
    var random = new RandomTensors(seed);
    var weights = new LinkedHashMap<String, Tensor>();
    shapes(config)
        .forEach(
            (name, shape) ->
                weights.put(name, random.normal(shape, name.endsWith(".w") ? 1 : 0, 0.4)));
    return weights;
  }

  private static Map<String, Shape> shapes(ModelConfig config) {
    var sizes = config.sizes();
    var shapes = new LinkedHashMap<String, Shape>();
    var model = Shape.of(D_MODEL, sizes.dModel());
    shapes.put("embed.W_E", Shape.of(D_VOCAB, sizes.vocabulary()).and(D_MODEL, sizes.dModel()));
    if (config.positional() instanceof Positional.Learned
        || config.positional() instanceof Positional.Shortformer) {
      shapes.put("pos_embed.W_pos", Shape.of(POS, sizes.context()).and(D_MODEL, sizes.dModel()));
    }
    for (int layer = 0; layer < sizes.layers(); layer++) {
      String block = "blocks." + layer + ".";
      addNorm(shapes, config, block + "ln1", model);
      var query = Shape.of(HEAD, sizes.heads());
      var key = Shape.of(KV_HEAD, sizes.keyValueHeads());
      shapes.put(block + "attn.W_Q", query.and(D_MODEL, sizes.dModel()).and(D_HEAD, sizes.dHead()));
      shapes.put(block + "attn.W_K", key.and(D_MODEL, sizes.dModel()).and(D_HEAD, sizes.dHead()));
      shapes.put(block + "attn.W_V", key.and(D_MODEL, sizes.dModel()).and(D_HEAD, sizes.dHead()));
      shapes.put(block + "attn.W_O", query.and(D_HEAD, sizes.dHead()).and(D_MODEL, sizes.dModel()));
      shapes.put(block + "attn.b_Q", query.and(D_HEAD, sizes.dHead()));
      shapes.put(block + "attn.b_K", key.and(D_HEAD, sizes.dHead()));
      shapes.put(block + "attn.b_V", key.and(D_HEAD, sizes.dHead()));
      shapes.put(block + "attn.b_O", model);
      if (!config.attentionOnly()) {
        addNorm(shapes, config, block + "ln2", model);
        var neurons = Shape.of(D_MLP, config.mlp().width());
        shapes.put(block + "mlp.W_in", model.and(D_MLP, config.mlp().width()));
        if (config.mlp() instanceof Mlp.Gated) {
          shapes.put(block + "mlp.W_gate", model.and(D_MLP, config.mlp().width()));
        }
        shapes.put(block + "mlp.b_in", neurons);
        shapes.put(block + "mlp.W_out", neurons.and(D_MODEL, sizes.dModel()));
        shapes.put(block + "mlp.b_out", model);
      }
    }
    addNorm(shapes, config, "ln_final", model);
    shapes.put("unembed.W_U", model.and(D_VOCAB, sizes.vocabularyOut()));
    shapes.put("unembed.b_U", Shape.of(D_VOCAB, sizes.vocabularyOut()));
    return shapes;
  }

  private static void addNorm(
      Map<String, Shape> shapes, ModelConfig config, String name, Shape model) {
    if (!(config.norm() instanceof Norm.None)) {
      shapes.put(name + ".w", model);
      if (config.norm() instanceof Norm.Layer) {
        shapes.put(name + ".b", model);
      }
    }
  }
}
