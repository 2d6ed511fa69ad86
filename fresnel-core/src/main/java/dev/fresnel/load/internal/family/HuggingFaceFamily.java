package dev.fresnel.load.internal.family;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.weights.WeightLayout;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.load.internal.weights.WeightNames.Naming;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.config.ModelConfig;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A family in the hub's files: config.json, and the weights of a class of transformers.
 *
 * @param family the class: {@code LlamaForCausalLM}
 * @param modelType what config.json calls it: {@code llama}
 * @param classes how the names of the family's classes in transformers begin: {@code Llama}
 * @param prefix what weights' names begin with, unless the base model was saved alone
 * @param buffers what files of the family are known to carry that is no weight; without the prefix
 * @param tied whether the unembedding is the embedding where config.json does not say
 * @param otherNames the keys that config.json may also say by another name, by that name:
 *     transformers' {@code attribute_map}
 */
record HuggingFaceFamily(
    String family,
    String modelType,
    String classes,
    String prefix,
    List<Pattern> buffers,
    boolean tied,
    Map<String, String> otherNames,
    ConfigReader reader,
    Table table)
    implements Family {
  /** The general names of what GPT-2 and GPT-J call otherwise. */
  static final Map<String, String> GPT_NAMES =
      Map.of(
          "hidden_size", "n_embd",
          "max_position_embeddings", "n_positions",
          "num_attention_heads", "n_head",
          "num_hidden_layers", "n_layer");

  @Override
  public String label() {
    return family + " (model_type " + modelType + ")";
  }

  /** By model_type, or where that is missing by the class. */
  @Override
  public boolean claims(Settings settings) {
    if (settings.has("model_type")) {
      return settings.text("model_type", "").equals(modelType);
    }
    List<String> names = settings.texts("architectures");
    return !names.isEmpty()
        && (names.get(0).equals(classes + "LMHeadModel")
            || names.get(0).equals(classes + "ForCausalLM")
            || names.get(0).equals(classes + "Model"));
  }

  @Override
  public Predicate<String> harmless() {
    return HarmlessKeys.hub(modelType);
  }

  @Override
  public Naming naming() {
    String head = table.row(WeightKind.W_U).hub();
    return new Naming(prefix, head.substring(0, head.indexOf('.')), buffers);
  }

  /** Refuses what changes the forward pass of any family and is not supported. */
  @Override
  public void requireSupported(Settings settings) {
    if (settings.has("quantization_config")) {
      throw settings.refused(
          "quantization_config", "quantized weights are read from .gguf files only");
    }
    if (settings.raw("pruned_heads") instanceof Map<?, ?> pruned && !pruned.isEmpty()) {
      throw settings.refused("pruned_heads", "heads that were cut out");
    }
    settings.refuseUnless("is_encoder_decoder", false, "an encoder and a decoder");
    settings.refuseUnless("is_causal", true, "attention to later positions");
    if (settings.has("per_layer_config")) {
      throw settings.refused("per_layer_config", "settings that differ by layer");
    }
  }

  @Override
  public ModelConfig config(Settings settings, WeightNames names) {
    requireSupported(settings);
    return reader.read(settings.withOtherNames(otherNames), names);
  }

  @Override
  public WeightLayout layout(ModelConfig config, Settings settings, WeightNames names) {
    return table.hub(config, settings, isTied(settings, names), names);
  }

  /**
   * A head that is stored beside the embedding and differs from it is the model's own, whatever
   * config.json says: so it is in transformers 5. Earlier versions drop it without a word.
   */
  private boolean isTied(Settings settings, WeightNames names) {
    String head = table.row(WeightKind.W_U).hub();
    String embedding = table.row(WeightKind.W_E).hub();
    return settings.flag("tie_word_embeddings", tied)
        && (!names.has(head) || !names.has(embedding) || SameWeights.of(names, head, embedding));
  }

  static void requireDivisible(
      Settings settings, String key, int size, String partsKey, int parts) {
    if (size % parts != 0) {
      throw new FresnelException(
          "%s: %s must be a multiple of %s; correct one of them"
              .formatted(
                  settings.file(), settings.quoted(key, size), settings.quoted(partsKey, parts)));
    }
  }
}
