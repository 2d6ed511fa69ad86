package dev.fresnel.load.internal.weights;

import dev.fresnel.load.internal.weights.WeightRule.Presence;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * All weights of a model, and where each comes from. An architecture writes it down, once a model.
 */
public final class WeightLayout {
  private final List<WeightRule> rules = new ArrayList<>();
  private final Set<String> spare = new HashSet<>();

  public WeightLayout need(String target, String source, Shape stored, UnaryOperator<Tensor> view) {
    rules.add(new WeightRule(target, source, stored, view, Presence.REQUIRED));
    return this;
  }

  /** A weight that is used as it is stored. */
  public WeightLayout need(String target, String source, Shape stored) {
    return need(target, source, stored, UnaryOperator.identity());
  }

  /** A weight that counts as zero where it is left out. */
  public WeightLayout may(String target, String source, Shape stored, UnaryOperator<Tensor> view) {
    rules.add(new WeightRule(target, source, stored, view, Presence.OPTIONAL));
    return this;
  }

  public WeightLayout may(String target, String source, Shape stored) {
    return may(target, source, stored, UnaryOperator.identity());
  }

  /**
   * A weight that a file may hold though nothing reads it: the head that is tied to the embedding.
   */
  public WeightLayout spare(String source) {
    spare.add(source);
    return this;
  }

  public Set<String> spare() {
    return Set.copyOf(spare);
  }

  public List<WeightRule> rules() {
    return List.copyOf(rules);
  }

  /** Rules by what is processed together: the embeddings, each block, and what follows the last. */
  public static Map<String, List<WeightRule>> parts(List<WeightRule> rules) {
    var parts = new LinkedHashMap<String, List<WeightRule>>();
    for (WeightRule rule : rules) {
      parts.computeIfAbsent(part(rule.target()), name -> new ArrayList<>()).add(rule);
    }
    return parts;
  }

  private static String part(String target) {
    if (target.startsWith("blocks.")) {
      return target.substring(0, target.indexOf('.', "blocks.".length()));
    }
    return target.startsWith("ln_final") || target.startsWith("unembed") ? "unembed" : target;
  }
}
