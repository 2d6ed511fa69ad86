package dev.fresnel.hook;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The activations that a run kept. They live as long as the run.
 *
 * <pre>{@code
 * cache.get(PATTERN, 5);                       // [batch, head, query, key]
 * cache.get("blocks.5.attn.hook_pattern");     // the same
 * cache.get(PATTERN, -1);                      // the model's last layer
 * cache.stack(PATTERN);                        // [layer, batch, head, query, key]
 * }</pre>
 *
 * <p>Per-head results need not be kept: where {@code z} was, {@link #get(HookPoint)} and {@link
 * #stack} compute them.
 */
public final class ActivationCache {
  /** Computes an activation that was not kept from one that was, such as results from {@code z}. */
  public interface Derivation {
    /** The place that this one can be computed from, or the place itself where there is none. */
    HookPoint source(HookPoint wanted);

    /** The activation at {@code wanted}, given the one at its source. */
    Tensor derive(HookPoint wanted, Tensor source);

    /**
     * What an error says of a place without an activation, behind its name: a format of what there
     * is, and of the place as one asks for it.
     */
    default String absent() {
      return "was not captured; this run captured %s; ask for it with RunPlan.capture(%s)";
    }

    /**
     * Computes nothing from anything.
     *
     * @param absent what an error says, as {@link #absent()}
     */
    static Derivation none(String absent) {
      return new NoDerivation(absent);
    }
  }

  private record NoDerivation(String absent) implements Derivation {
    @Override
    public HookPoint source(HookPoint wanted) {
      return wanted;
    }

    @Override
    public Tensor derive(HookPoint wanted, Tensor source) {
      return source;
    }
  }

  private final Map<HookPoint, Tensor> kept;
  private final int layers;
  private final Derivation derivation;

  /**
   * @param layers how many layers the model has
   */
  public ActivationCache(Map<HookPoint, Tensor> kept, int layers, Derivation derivation) {
    this.kept = Collections.unmodifiableMap(new LinkedHashMap<>(kept));
    this.layers = layers;
    this.derivation = derivation;
  }

  /** The places that were kept, in the order in which the model passed them. */
  public Set<HookPoint> points() {
    return kept.keySet();
  }

  /** Whether a place was kept; what can be computed from another place was not. */
  public boolean has(HookPoint point) {
    return kept.containsKey(point);
  }

  /**
   * The activation of one layer.
   *
   * @param layer counted from 0; negative layers count from the model's last, which is -1
   */
  public Tensor get(HookKind kind, int layer) {
    if (layer < -layers || layer >= layers) {
      throw noLayer(layer);
    }
    return get(kind.at(layer < 0 ? layers + layer : layer));
  }

  /** The activation of a place that the model has once. */
  public Tensor get(HookKind kind) {
    return get(kind.inModel());
  }

  /** The activation with this name, which is one of TransformerLens's. */
  public Tensor get(String name) {
    return get(HookPoint.parse(name));
  }

  /**
   * The activation at a place.
   *
   * @throws FresnelException if it was not kept and cannot be computed from anything that was
   */
  public Tensor get(HookPoint point) {
    if (point.layer() >= layers) {
      throw noLayer(point.layer());
    }
    return find(point).orElseThrow(() -> absent(point));
  }

  private Optional<Tensor> find(HookPoint point) {
    Tensor tensor = kept.get(point);
    if (tensor != null) {
      return Optional.of(tensor);
    }
    HookPoint source = derivation.source(point);
    return Optional.ofNullable(kept.get(source)).map(from -> derivation.derive(point, from));
  }

  /**
   * The activations of all layers that were kept, or can be computed from what was, with a leading
   * axis {@code layer}.
   *
   * @throws FresnelException if there is none, or the model has the place once
   */
  public Tensor stack(HookKind kind) {
    List<Tensor> found =
        IntStream.range(0, layers)
            .mapToObj(kind::at)
            .map(this::find)
            .flatMap(Optional::stream)
            .toList();
    if (found.isEmpty()) {
      throw absent(kind.name(), kind);
    }
    return Tensor.stack(Dims.LAYER, found);
  }

  /** What is kept, in short: each place by the name of its kind, and in how many layers. */
  @Override
  public String toString() {
    if (kept.isEmpty()) {
      return "nothing captured";
    }
    var counts = new LinkedHashMap<HookKind, Integer>();
    kept.keySet().forEach(point -> counts.merge(point.kind(), 1, Integer::sum));
    return "captured "
        + counts.entrySet().stream()
            .map(
                each ->
                    each.getKey().place() == HookKind.Place.MODEL
                        ? each.getKey().name()
                        : each.getKey() + " in " + each.getValue() + " of " + layers + " layers")
            .collect(Collectors.joining(", "));
  }

  private FresnelException noLayer(int layer) {
    return new FresnelException(
        "there is no layer %d: the model has layers 0 to %d, or -%d to -1 from its end"
            .formatted(layer, layers - 1, layers));
  }

  private FresnelException absent(HookPoint point) {
    var kind = point.kind();
    var layersKept =
        kept.keySet().stream()
            .filter(each -> each.kind() == kind)
            .map(each -> Integer.toString(each.layer()))
            .toList();
    return layersKept.isEmpty()
        ? absent(point.name(), kind)
        : absent(
            point.name(),
            "%s in layer %s alone".formatted(kind, String.join(", ", layersKept)),
            "%s.at(%d)".formatted(kind, point.layer()));
  }

  private FresnelException absent(String what, HookKind kind) {
    String kinds =
        kept.keySet().stream()
            .map(point -> point.kind().name())
            .distinct()
            .collect(Collectors.joining(", "));
    return absent(what, kinds.isEmpty() ? "nothing" : kinds, kind.name());
  }

  private FresnelException absent(String what, String there, String wanted) {
    return new FresnelException(what + " " + derivation.absent().formatted(there, wanted));
  }
}
