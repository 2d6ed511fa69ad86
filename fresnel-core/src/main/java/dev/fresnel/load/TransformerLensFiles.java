package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.family.Settings;
import dev.fresnel.load.internal.family.TransformerLensConfig;
import dev.fresnel.load.internal.family.TransformerLensFormat;
import dev.fresnel.load.internal.weights.WeightRule;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.WeightKind.Presence;
import dev.fresnel.model.WeightName;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * TransformerLens's own format, for those who make models: what a configuration says, and the
 * weights it needs.
 */
public final class TransformerLensFiles {
  /** Which weights are listed. */
  public enum Biases {
    INCLUDED,
    LEFT_OUT
  }

  private TransformerLensFiles() {}

  /**
   * The model that a HookedTransformerConfig describes.
   *
   * @param file what to call it in errors
   * @throws FresnelException if a key is missing, or cannot be honoured
   */
  public static ModelConfig config(String file, Map<String, Object> values) {
    return TransformerLensConfig.read(Settings.of(file, values), OptionalInt.empty());
  }

  /**
   * The fields of a HookedTransformerConfig, without those that a model does not use: the opposite
   * of {@link #config}.
   *
   * @throws FresnelException if TransformerLens has no configuration that says the same
   */
  public static Map<String, @Nullable Object> fields(ModelConfig config) {
    var fields = TransformerLensFields.of(config);
    ModelConfig read = config("the configuration of " + config.name(), fields);
    if (!read.equals(config)) {
      throw new FresnelException(
          config.name()
              + " cannot be written as a TransformerLens configuration: "
              + difference(config, read)
              + ". Write its weights alone, or change that part");
    }
    return fields;
  }

  /** The first part of a model that its configuration does not say. */
  private static String difference(ModelConfig config, ModelConfig read) {
    var parts = new LinkedHashMap<String, Function<ModelConfig, Object>>();
    parts.put("sizes", ModelConfig::sizes);
    parts.put("the norm behind the embedding", ModelConfig::embeddingNorm);
    parts.put("norms", ModelConfig::norm);
    parts.put("norms behind attention and MLP", ModelConfig::normBehind);
    parts.put("positions", ModelConfig::positional);
    parts.put("attention", ModelConfig::attending);
    parts.put("the MLP", ModelConfig::mlp);
    parts.put("the order in a block", ModelConfig::order);
    for (var part : parts.entrySet()) {
      Object wanted = part.getValue().apply(config);
      Object got = part.getValue().apply(read);
      if (!wanted.equals(got)) {
        return "for " + part.getKey() + " it has only " + got + " in place of " + wanted;
      }
    }
    return "its soft cap on logits, or whether texts begin with a BOS, has no field";
  }

  /**
   * A weight's name in a state dict: where heads share keys and values, these have an underscore
   * before their names.
   *
   * @param weight the weight's name in a model
   */
  public static String stored(ModelConfig config, String weight) {
    boolean grouped = config.sizes().keyValueHeads() != config.sizes().heads();
    return grouped ? TransformerLensFormat.grouped(WeightName.parse(weight)) : weight;
  }

  /** Biases of gated MLPs that TransformerLens has no place for. */
  private static final Set<WeightKind> OTHERS = Set.of(WeightKind.B_GATE, WeightKind.B_UP);

  /** The shape of each weight that TransformerLens gives a model, by its name in the model. */
  public static Map<String, Shape> shapes(ModelConfig config, Biases biases) {
    var shapes = new LinkedHashMap<String, Shape>();
    for (WeightRule rule : TransformerLensFormat.layout(config, name -> false).rules()) {
      if (OTHERS.contains(rule.target().kind())) {
        continue;
      }
      if (rule.presence() == Presence.REQUIRED || biases == Biases.INCLUDED) {
        shapes.put(rule.target().name(), rule.stored());
      }
    }
    return shapes;
  }
}
