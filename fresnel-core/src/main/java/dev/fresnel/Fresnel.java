package dev.fresnel;

import dev.fresnel.load.LoadOptions;
import dev.fresnel.load.Loading;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.config.ModelConfig;
import java.nio.file.Path;
import java.util.List;

/**
 * The door: loads models.
 *
 * <pre>{@code
 * try (var model = Fresnel.load();                      // the model that comes with Fresnel
 *     var run = model.run(model.tokens("to be or not to be"), RunPlan.capture(PATTERN))) {
 *   run.cache().get(PATTERN, 1);                        // [batch, head, query, key]
 * }
 * Fresnel.load("~/models/SmolLM2-135M");                // a folder as the hub has it
 * Fresnel.load("model.Q4_1.gguf");                      // a file
 * Fresnel.load("openai-community/gpt2", LoadOptions.DEFAULT.raw());
 * }</pre>
 *
 * <p>A model owns native memory: close it.
 */
public final class Fresnel {
  private Fresnel() {}

  /**
   * The model that comes with Fresnel, processed as TransformerLens does it: {@code fresnel-2l},
   * two layers of attention that were trained on free English texts, with induction heads. It is in
   * the artifact {@code fresnel-models}. {@code load("by-hand")} is the other one: its weights were
   * written.
   *
   * @throws dev.fresnel.error.FresnelException if fresnel-models is not on the class path
   */
  public static Transformer load() {
    return load(LoadOptions.DEFAULT);
  }

  /**
   * The model that comes with Fresnel, with a choice of processing, type and device.
   *
   * @throws dev.fresnel.error.FresnelException if fresnel-models is not on the class path
   */
  public static Transformer load(LoadOptions options) {
    return load(Loading.BUNDLED, options);
  }

  /**
   * A model by name or path, processed as TransformerLens does it: see {@link #load(String,
   * LoadOptions)}.
   */
  public static Transformer load(String model) {
    return load(model, LoadOptions.DEFAULT);
  }

  /**
   * A model by name or path.
   *
   * @param model a path if it exists, begins with {@code /}, {@code .} or {@code ~}, or ends in
   *     {@code .gguf}; else a known name; else ORG/NAME or ORG/NAME@REVISION in the Hugging Face
   *     cache
   * @throws dev.fresnel.error.FresnelException if there is no such model, or it cannot be used
   */
  public static Transformer load(String model, LoadOptions options) {
    return Loading.byName(model, options);
  }

  /** A model's folder or file, processed as TransformerLens does it. */
  public static Transformer load(Path model) {
    return load(model, LoadOptions.DEFAULT);
  }

  /**
   * A model's folder (config.json and weights, as the hub or TransformerLens writes them) or .gguf
   * file.
   *
   * @throws dev.fresnel.error.FresnelException if it cannot be used
   */
  public static Transformer load(Path model, LoadOptions options) {
    return Loading.byPath(model, options);
  }

  /**
   * A model whose configuration is written in code, with weights under TransformerLens's names, as
   * {@code HookedTransformer(cfg)} and {@code load_state_dict} give it: nothing is processed.
   *
   * <pre>{@code
   * var sizes = Sizes.builder().layers(2).heads(12).dModel(768).dHead(64).context(2048)
   *     .vocabulary(50278).build();
   * var toy = ModelConfig.attentionOnly(
   *     "toy", sizes, new Norm.None(), new Positional.Shortformer());
   * var model = Fresnel.load(toy, Path.of("attn_only_2L_half.pth"));
   * }</pre>
   *
   * @param weights a .pth or .safetensors file; a tokenizer.json beside it is used
   * @throws dev.fresnel.error.FresnelException if the weights do not fit the configuration
   */
  public static Transformer load(ModelConfig config, Path weights) {
    return load(config, weights, LoadOptions.DEFAULT.raw());
  }

  /** As {@link #load(ModelConfig, Path)}, with a choice of processing, type and device. */
  public static Transformer load(ModelConfig config, Path weights, LoadOptions options) {
    return Loading.byConfig(config, weights, options);
  }

  /** The names that {@link #load(String)} knows by themselves. */
  public static List<String> knownModels() {
    return Loading.knownModels();
  }
}
