package dev.fresnel.load.internal.weights;

import dev.fresnel.model.WeightKind.Place;
import dev.fresnel.model.WeightKind.Presence;
import dev.fresnel.model.WeightName;
import dev.fresnel.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All weights of one model, and where each comes from. */
public final class WeightLayout {
  private final ModelConfig config;
  private final List<WeightRule> rules = new ArrayList<>();
  private final Set<String> spare = new HashSet<>();

  public WeightLayout(ModelConfig config) {
    this.config = config;
  }

  /** Adds a weight. */
  public void add(WeightName target, String source, Storage storage, Presence presence) {
    var kind = target.kind();
    rules.add(
        new WeightRule(
            target, source, storage.stored(kind, config), storage.view(kind, config), presence));
  }

  /**
   * A weight that a file may hold though nothing reads it: the head that is tied to the embedding.
   */
  public void spare(String source) {
    spare.add(source);
  }

  Set<String> spare() {
    return Set.copyOf(spare);
  }

  public List<WeightRule> rules() {
    return List.copyOf(rules);
  }

  /**
   * What is processed together.
   *
   * @param layer the block; {@link WeightName#NO_LAYER} before and behind the blocks
   */
  record Part(Place place, int layer) {}

  /** Rules by what is processed together: the embeddings, each block, and what follows the last. */
  static Map<Part, List<WeightRule>> parts(List<WeightRule> rules) {
    var parts = new LinkedHashMap<Part, List<WeightRule>>();
    for (WeightRule rule : rules) {
      var part = new Part(rule.target().kind().place(), rule.target().layer());
      parts.computeIfAbsent(part, same -> new ArrayList<>()).add(rule);
    }
    return parts;
  }
}
