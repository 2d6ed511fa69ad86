package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.LoadOptions.Processing;
import dev.fresnel.load.internal.family.Family;
import dev.fresnel.load.internal.family.TransformerLensFormat;
import dev.fresnel.load.internal.weights.WeightFit;
import dev.fresnel.load.internal.weights.WeightLayout;
import dev.fresnel.load.internal.weights.WeightNames;
import dev.fresnel.load.internal.weights.WeightProcessing;
import dev.fresnel.load.internal.weights.WeightReader;
import dev.fresnel.load.internal.weights.WeightReader.Treatment;
import dev.fresnel.load.internal.weights.WeightRule;
import dev.fresnel.model.Provenance;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokenizer;
import dev.fresnel.text.TokenizerOrReason;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Files to a model: what it computes, whether the weights fit, the weights, and the tokenizer. */
final class ModelLoader {
  private ModelLoader() {}

  static Transformer load(ModelFiles files, LoadOptions options) {
    Family family = Family.of(files.settings());
    WeightNames names = WeightNames.of(files.weights(), family.naming());
    ModelConfig config = family.config(files.settings(), names);
    if (files.prependBos() != null) {
      config = config.withPrependBos(files.prependBos());
    }
    WeightLayout layout = family.layout(config, files.settings(), names);
    UnreadKeys.remark(files.settings(), family.harmless()).ifPresent(options.progress()::remark);
    var plan =
        new Plan(family.family(), config.withName(files.name()), layout, files.settings().file());
    return load(files, names, plan, options);
  }

  /** A configuration that was written in code, and weights under TransformerLens's names. */
  static Transformer load(ModelConfig config, ModelFiles files, LoadOptions options) {
    var format = new TransformerLensFormat();
    WeightNames names = WeightNames.of(files.weights(), format.naming());
    names.requireLayers(config.sizes().layers(), "layers", files.settings().file(), "blocks");
    WeightLayout layout = TransformerLensFormat.layout(config, names::has);
    return load(
        files, names, new Plan(format.family(), config, layout, "the configuration"), options);
  }

  /** What is to be read. */
  private record Plan(String family, ModelConfig config, WeightLayout layout, String asker) {}

  private static Transformer load(
      ModelFiles files, WeightNames names, Plan plan, LoadOptions options) {
    List<WeightRule> rules = WeightFit.check(plan.layout, names, plan.asker);
    ModelConfig config = plan.config;
    List<String> steps = List.of();
    UnaryOperator<Map<WeightKind, Tensor>> process = UnaryOperator.identity();
    if (options.processing() == Processing.DEFAULT) {
      var processing = WeightProcessing.of(config);
      config = processing.config();
      steps = processing.steps();
      process = processing::apply;
    }
    var provenance =
        new Provenance(
            files.source(),
            plan.family,
            steps,
            format(files, rules, names),
            files.weights().bytes());
    TokenizerOrReason tokenizer = files.tokenizer().open(options);
    try (var owner = new Owner("loading")) {
      var treatment = new Treatment(options.computing(), process, options::placed);
      var weights =
          WeightReader.read(
              rules,
              names,
              treatment,
              done -> options.progress().at("reading weights", done, rules.size()),
              owner);
      return Transformer.of(config, weights, tokenizer, provenance);
    } catch (RuntimeException e) {
      tokenizer.found().ifPresent(Tokenizer::close);
      throw Thread.currentThread().isInterrupted() ? interrupted(files, e) : e;
    }
  }

  private static FresnelException interrupted(ModelFiles files, RuntimeException e) {
    return new FresnelException(
        "loading " + files.source() + " was interrupted: the model is not loaded; load it again",
        e);
  }

  /** The kind of file and what most of its numbers are: {@code GGUF Q4_1}. */
  private static String format(ModelFiles files, List<WeightRule> rules, WeightNames names) {
    var counts = new HashMap<String, Long>();
    for (WeightRule rule : rules) {
      var stored = names.source().stored(names.inFile(rule.source()));
      counts.merge(stored.format(), stored.shape().count(), Long::sum);
    }
    String most =
        counts.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
    return files.format() + " " + most;
  }
}
