package dev.fresnel.load.internal.family;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.weights.WeightLayout;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.model.config.ModelConfig;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A family of models as files describe it: which settings mean what, and where each weight is. The
 * only place that knows one family from another; everything behind it sees a {@link ModelConfig}
 * and weights under TransformerLens's names.
 */
public sealed interface Architecture
    permits Gpt2, Llama, TransformerLensFormat, GgufGpt2, GgufLlama {

  /** Every family that can be loaded. */
  static List<Architecture> all() {
    return List.of(
        new Gpt2(), new Llama(), new GgufGpt2(), new GgufLlama(), new TransformerLensFormat());
  }

  /** The family that these settings belong to. */
  static Architecture of(Settings settings) {
    return all().stream()
        .filter(architecture -> architecture.claims(settings))
        .findFirst()
        .orElseThrow(() -> unknown(settings));
  }

  private static FresnelException unknown(Settings settings) {
    var names = new StringBuilder();
    for (String key : List.of("architectures", "model_type", "general.architecture")) {
      Object value = settings.raw(key);
      if (value != null) {
        names.append(names.isEmpty() ? "" : ", ").append(key).append(' ').append(value);
      }
    }
    return new FresnelException(
        settings.file()
            + (names.isEmpty()
                ? " names no architecture"
                : " is of an architecture that is not known: " + names)
            + ". Known are: "
            + all().stream().map(Architecture::label).collect(Collectors.joining("; ")));
  }

  /** The family's name in its own files: {@code LlamaForCausalLM}. */
  String family();

  /** The family as an error about unknown ones lists it. */
  String label();

  boolean claims(Settings settings);

  /** What weights' names begin with, unless the base model was saved alone. */
  String prefix();

  /** What files of the family are known to carry that is no weight; without the prefix. */
  List<Pattern> buffers();

  /**
   * Refuses what the settings alone show to be impossible, so that no weights are fetched for
   * nothing.
   */
  default void requireSupported(Settings settings) {}

  /**
   * What the model computes. Every setting that changes it is honoured here, or refused by name.
   */
  ModelConfig config(Settings settings, WeightNames names);

  /** Where each weight is. */
  WeightLayout layout(ModelConfig config, Settings settings, WeightNames names);
}
