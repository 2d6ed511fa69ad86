package dev.fresnel.hook;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The activations that a run kept. They live as long as the run.
 *
 * <pre>{@code
 * cache.get(PATTERN, 5);                       // [batch, head, query, key]
 * cache.get("blocks.5.attn.hook_pattern");     // the same
 * cache.stack(PATTERN);                        // [layer, batch, head, query, key]
 * }</pre>
 */
public final class ActivationCache {
  /** Computes what was not kept from what was, as per-head results from {@code z}. */
  public interface Derivation {
    /** What a place can be computed from, or the place itself where it cannot. */
    HookPoint source(HookPoint wanted);

    Tensor derive(HookPoint wanted, Tensor source);
  }

  private final Map<HookPoint, Tensor> kept;
  private final Derivation derivation;

  public ActivationCache(Map<HookPoint, Tensor> kept, Derivation derivation) {
    this.kept = Collections.unmodifiableMap(new LinkedHashMap<>(kept));
    this.derivation = derivation;
  }

  /** The places that were kept, in the order in which the model passed them. */
  public Set<HookPoint> points() {
    return kept.keySet();
  }

  public boolean has(HookPoint point) {
    return kept.containsKey(point);
  }

  /** The activation of one layer. Negative layers count from the end. */
  public Tensor get(HookKind kind, int layer) {
    if (layer >= 0) {
      return get(kind.at(layer));
    }
    int layers = kept.keySet().stream().mapToInt(HookPoint::layer).max().orElse(-1) + 1;
    if (layers + layer < 0) {
      throw new FresnelException(
          "layer "
              + layer
              + " from the end does not exist: the cache has layers 0.."
              + (layers - 1));
    }
    return get(kind.at(layers + layer));
  }

  /** The activation of a place that the model has once. */
  public Tensor get(HookKind kind) {
    return get(kind.inModel());
  }

  /** The activation with this name of TransformerLens's. */
  public Tensor get(String name) {
    return get(HookPoint.parse(name));
  }

  /**
   * The activation at a place.
   *
   * @throws FresnelException if it was not kept and does not follow from anything that was
   */
  public Tensor get(HookPoint point) {
    Tensor tensor = kept.get(point);
    if (tensor != null) {
      return tensor;
    }
    HookPoint source = derivation.source(point);
    if (!source.equals(point) && kept.containsKey(source)) {
      return derivation.derive(point, kept.get(source));
    }
    throw new FresnelException(
        point
            + " was not captured; this run captured "
            + summary()
            + "; ask for it with RunPlan.capture("
            + point.kind()
            + ")");
  }

  /** The activations of all layers that were kept, with a leading axis {@code layer}. */
  public Tensor stack(HookKind kind) {
    List<Tensor> layers = new ArrayList<>();
    for (HookPoint point : kept.keySet()) {
      if (point.kind() == kind) {
        layers.add(kept.get(point));
      }
    }
    if (layers.isEmpty()) {
      throw new FresnelException(
          kind
              + " was not captured; this run captured "
              + summary()
              + "; ask for it with RunPlan.capture("
              + kind
              + ")");
    }
    return Tensor.stack(Dims.LAYER, layers);
  }

  private String summary() {
    if (kept.isEmpty()) {
      return "nothing";
    }
    return kept.keySet().stream()
        .map(point -> point.kind().name())
        .distinct()
        .collect(Collectors.joining(", "));
  }
}
