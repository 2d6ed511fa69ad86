package dev.fresnel.load.internal.family;

import dev.fresnel.load.internal.weights.Storage;
import dev.fresnel.load.internal.weights.WeightLayout;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.load.internal.weights.WeightNames.Naming;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.WeightName;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Positional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * TransformerLens's own files: a HookedTransformerConfig as config.json and its state dict. Weights
 * already stand under the names and in the layout that everything here uses.
 */
public record TransformerLensFormat() implements Family {
  private static final Naming NAMING =
      Naming.plain(Pattern.compile("blocks\\.\\d+\\.attn\\.(mask|IGNORE|rotary_sin|rotary_cos)"));

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
  public Predicate<String> harmless() {
    return HarmlessKeys.transformerLens();
  }

  @Override
  public Naming naming() {
    return NAMING;
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
    StoredTables.check(config, names.source());
    return layout(config, names::has);
  }

  /** The same for a configuration that was written in code. */
  public static WeightLayout layout(ModelConfig config, Predicate<String> present) {
    var layout = new WeightLayout(config);
    for (WeightName name : WeightName.of(config)) {
      String grouped = grouped(name);
      layout.add(
          name,
          present.test(grouped) ? grouped : name.name(),
          Storage.AS_NAMED,
          name.kind().presence(config));
    }
    if (config.positional() instanceof Positional.Alibi) {
      layout.spare(
          WeightKind.W_POS.inModel().name()); // TransformerLens saves one that it never reads
    }
    return layout;
  }

  /** Keys and values of grouped heads have an underscore before their name. */
  public static String grouped(WeightName name) {
    return switch (name.kind()) {
      case W_K, B_K, W_V, B_V -> name.name().replace("attn.", "attn._");
      default -> name.name();
    };
  }
}
