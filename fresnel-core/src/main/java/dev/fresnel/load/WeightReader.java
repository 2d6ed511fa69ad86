package dev.fresnel.load;

import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Reads weights part by part (the embeddings, each block, the end), so that of the numbers before
 * processing no more than one part is in memory. Without processing or conversion nothing is
 * copied: the weights are views of the mapped file.
 */
final class WeightReader {
  private final WeightNames names;
  private final LoadOptions options;
  private final Map<String, Long> parts;
  private final Map<String, Tensor> shared = new HashMap<>();
  private final Owner owner;

  private WeightReader(
      WeightNames names, LoadOptions options, Owner owner, Map<String, Long> parts) {
    this.names = names;
    this.options = options;
    this.owner = owner;
    this.parts = parts;
  }

  /**
   * @param rules what to read; every one has its weight in the file
   * @param process what is done to each part's weights; the identity for weights as stored
   * @param owner keeps the results
   */
  static Map<String, Tensor> read(
      List<WeightRule> rules,
      WeightNames names,
      LoadOptions options,
      UnaryOperator<Map<String, Tensor>> process,
      Owner owner) {
    var byPart = WeightLayout.parts(rules);
    Map<String, Long> uses =
        byPart.values().stream()
            .flatMap(part -> part.stream().map(WeightRule::source).distinct())
            .collect(Collectors.groupingBy(source -> source, Collectors.counting()));
    var reader = new WeightReader(names, options, owner, uses);
    var weights = new LinkedHashMap<String, Tensor>();
    long done = 0;
    for (var part : byPart.values()) {
      options.progress().at("reading weights", done, rules.size());
      weights.putAll(reader.part(part, process));
      done += part.size();
    }
    options.progress().at("reading weights", done, rules.size());
    return weights;
  }

  private Map<String, Tensor> part(
      List<WeightRule> rules, UnaryOperator<Map<String, Tensor>> process) {
    var kept = new LinkedHashMap<String, Tensor>();
    try (var scope = Scope.open()) {
      var bases = new HashMap<String, Tensor>();
      var weights = new LinkedHashMap<String, Tensor>();
      for (WeightRule rule : rules) {
        Tensor base = bases.computeIfAbsent(rule.source(), source -> base(rule));
        weights.put(rule.target(), rule.view().apply(base));
      }
      process
          .apply(weights)
          .forEach((name, weight) -> kept.put(name, owner.keep(options.placed(weight), name)));
    }
    return kept;
  }

  /**
   * The stored numbers in the type that is computed with. What two parts share is converted once.
   */
  private Tensor base(WeightRule rule) {
    Tensor before = shared.get(rule.source());
    if (before != null) {
      return before;
    }
    Tensor stored = names.source().read(names.inFile(rule.source()));
    Tensor base = stored.named(rule.stored().dims().toArray(Dim[]::new)).to(computing());
    if (parts.get(rule.source()) > 1) {
      base = owner.keep(base, rule.source());
      shared.put(rule.source(), base);
    }
    return base;
  }

  private DType computing() {
    boolean raw = options.processing() == LoadOptions.Processing.RAW;
    return raw || options.dtype() == DType.FLOAT64 ? options.dtype() : DType.FLOAT32;
  }
}
