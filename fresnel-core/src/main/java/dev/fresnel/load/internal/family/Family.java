package dev.fresnel.load.internal.family;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.StrictJson;
import dev.fresnel.load.internal.weights.WeightLayout;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.load.internal.weights.WeightNames.Naming;
import dev.fresnel.model.config.ModelConfig;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A family of models in one of its forms, the hub's files or GGUF: which settings mean what, and
 * where each weight is. Everything behind it sees a {@link ModelConfig} and weights of a {@link
 * dev.fresnel.model.WeightKind}.
 */
public sealed interface Family permits HuggingFaceFamily, GgufFamily, TransformerLensFormat {

  /**
   * More heads than any model has: a list with a slope for each is made before weights are read.
   */
  int MOST_ALIBI_HEADS = 1 << 16;

  /** Every family that can be loaded. */
  static List<Family> all() {
    return List.of(
        Gpt2.HUB,
        Llama.HUB,
        Opt.HUB,
        GptNeoX.HUB,
        GptJ.HUB,
        Bloom.HUB,
        Gemma2.HUB,
        Gpt2.GGUF,
        Llama.GGUF,
        new TransformerLensFormat());
  }

  /** The family that these settings belong to. */
  static Family of(Settings settings) {
    return all().stream()
        .filter(family -> family.claims(settings))
        .findFirst()
        .orElseThrow(() -> unknown(settings));
  }

  private static FresnelException unknown(Settings settings) {
    var names = new StringBuilder();
    for (String key : List.of("architectures", "model_type", "general.architecture")) {
      Object value = settings.raw(key);
      if (value != null) {
        names
            .append(names.isEmpty() ? "" : ", ")
            .append(key)
            .append(' ')
            .append(StrictJson.shown(value.toString()));
      }
    }
    return new FresnelException(
        settings.file()
            + (names.isEmpty()
                ? " names no architecture"
                : " is of an architecture that is not known: " + names)
            + ". Known are: "
            + all().stream().map(Family::label).collect(Collectors.joining("; ")));
  }

  /** The family's name in its own files: {@code LlamaForCausalLM}. */
  String family();

  /** The family as an error about unknown ones lists it. */
  String label();

  boolean claims(Settings settings);

  /** Which keys of its settings change no number, so that nothing asks for them. */
  Predicate<String> harmless();

  /** What the names of its weights have in common. */
  Naming naming();

  /** Refuses what the settings alone show to be impossible, before any weights are downloaded. */
  default void requireSupported(Settings settings) {}

  /**
   * What the model computes. Every setting that changes it is honoured here, or refused by name.
   */
  ModelConfig config(Settings settings, WeightNames names);

  /** Where each weight is. */
  WeightLayout layout(ModelConfig config, Settings settings, WeightNames names);
}
