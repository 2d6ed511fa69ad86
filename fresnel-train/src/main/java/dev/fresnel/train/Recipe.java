package dev.fresnel.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.load.TransformerLensFiles;
import dev.fresnel.load.TransformerLensFiles.Biases;
import dev.fresnel.model.config.BlockOrder;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.grad.AdamW;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A model and how to train it, as a JSON file describes them.
 *
 * <pre>
 * {"model": {"model_name": "toy", "n_layers": 2, "d_model": 64, "d_head": 16, "n_ctx": 64, "attn_only": true},
 *  "initialization": "gpt2", "biases": true,
 *  "training": {"seed": 1, "steps": 1000, "batch": 16, "length": 64, "rate": 0.001, "warmup": 100}}
 * </pre>
 *
 * @param model the model's configuration, with the keys of TransformerLens's
 *     HookedTransformerConfig; without {@code d_vocab} it has the tokenizer's
 * @param initialization {@code gpt2}, {@code xavier_normal}, {@code kaiming_normal} or {@code
 *     sinusoids}
 * @param biases whether the model has biases
 * @param training the hyperparameters
 */
public record Recipe(
    Map<String, Object> model, String initialization, Boolean biases, Hyperparameters training) {
  public Recipe {
    if (model == null || training == null) {
      throw new FresnelException(
          "a recipe needs \"model\" and \"training\", this one has no "
              + (model == null ? "\"model\"" : "\"training\"")
              + "; `fresnel train --help` has an example");
    }
    ModelKeys.require(model);
    initialization = initialization == null ? "gpt2" : initialization;
    biases = biases == null ? Boolean.TRUE : biases;
  }

  /**
   * Reads a recipe.
   *
   * @throws FresnelException if the file cannot be read or is no recipe; the message names the key
   */
  public static Recipe read(Path file) {
    try {
      byte[] json = TrainingRun.bytes(file);
      try {
        return TrainingJson.recipes().readValue(json);
      } catch (JsonProcessingException e) {
        throw new FresnelException(file + " is no recipe: " + reason(e, json), e);
      }
    } catch (IOException e) {
      throw new FresnelException("cannot read the recipe " + file + ": " + InputFile.reason(e), e);
    }
  }

  private static String reason(JsonProcessingException e, byte[] json) throws IOException {
    return e instanceof MismatchedInputException other
            && other.getPath().isEmpty()
            && !(e.getCause() instanceof FresnelException)
        ? "it must be a JSON object with \"model\" and \"training\"; 'fresnel train --help' has an"
            + " example"
        : TrainingJson.reason(e, json);
  }

  /**
   * A recipe for a text of which nothing else is known: the model and the settings of the bundled
   * model, with fewer steps.
   *
   * @param tokens the number of tokens to train on: of a short text the model sees each token about
   *     20 times, since it would learn the text by heart with more
   */
  public static Recipe standard(long tokens) {
    int length = 192;
    int batch = 10;
    int steps = (int) Math.max(200, Math.min(2000, 20 * tokens / (batch * length)));
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("n_layers", 2);
    model.put("d_model", 256);
    model.put("d_head", 32);
    model.put("n_ctx", length);
    model.put("attn_only", true);
    model.put("normalization_type", null);
    model.put("positional_embedding_type", "shortformer");
    var training =
        Hyperparameters.of(steps, batch, length, 0.003)
            .withSeed(1)
            .withWarmup(steps / 20)
            .withOptimizer(new AdamW.Settings(0.9, 0.98, 1e-8, 0.05))
            .withRepeats(Repeats.of(0.6, 0.4, 10, 95));
    return new Recipe(model, "sinusoids", false, training);
  }

  /** The model's configuration, with the size of the vocabulary where it has none. */
  private Map<String, Object> configuration(int vocabulary) {
    var values = new LinkedHashMap<>(model);
    Object given = values.getOrDefault("d_vocab", -1);
    if (given instanceof Number number && number.intValue() == -1) {
      values.put("d_vocab", vocabulary);
    }
    return values;
  }

  ModelConfig config(int vocabulary) {
    ModelConfig config =
        TransformerLensFiles.config("the recipe's model", configuration(vocabulary));
    if (config.attentionOnly()) {
      config = config.withOrder(BlockOrder.SEQUENTIAL); // there is no MLP to be parallel to
    }
    if (config.sizes().vocabulary() < vocabulary || config.sizes().vocabularyOut() < vocabulary) {
      boolean read = config.sizes().vocabulary() < vocabulary;
      String key = read ? "d_vocab" : "d_vocab_out";
      throw new FresnelException(
          "the recipe's model has "
              + key
              + " "
              + (read ? config.sizes().vocabulary() : config.sizes().vocabularyOut())
              + ", the tokenizer has "
              + vocabulary
              + " tokens; leave "
              + key
              + " out");
    }
    if (config.sizes().context() < training.length()) {
      throw new FresnelException(
          "the recipe trains on "
              + training.length()
              + " tokens at a time, its model has n_ctx "
              + config.sizes().context()
              + "; make \"length\" at most n_ctx");
    }
    return config;
  }

  Initialization start() {
    for (var scheme : Initialization.Scheme.values()) {
      if (scheme.name().equalsIgnoreCase(initialization)) {
        return new Initialization(scheme, biases ? Biases.INCLUDED : Biases.LEFT_OUT);
      }
    }
    throw new FresnelException(
        "\"initialization\" is \""
            + initialization
            + "\"; known: gpt2, xavier_normal, kaiming_normal, sinusoids");
  }
}
