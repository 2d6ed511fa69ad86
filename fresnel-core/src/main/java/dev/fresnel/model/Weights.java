package dev.fresnel.model;

import dev.fresnel.error.FresnelException;
import dev.fresnel.error.NearestNames;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.tensor.internal.Fused;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A model's weights by TransformerLens's names. The model owns them. */
final class Weights implements AutoCloseable {
  private final Owner owner = new Owner("Transformer");
  private final Map<String, Tensor> byName = new LinkedHashMap<>();

  Weights(Map<String, Tensor> given) {
    given.forEach((name, tensor) -> byName.put(name, owner.keep(tensor, name)));
  }

  Tensor get(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new FresnelException(
                    "the model has no weight %s; the nearest are %s"
                        .formatted(
                            name, String.join(", ", NearestNames.of(name, byName.keySet())))));
  }

  Optional<Tensor> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** A weight, laid out for the product over these axes. */
  Tensor forProduct(String name, Dim... over) {
    Tensor stored = get(name);
    Tensor ready = Fused.laidOut(stored, over);
    if (ready == stored) {
      return stored;
    }
    Tensor own = owner.keep(ready, name);
    byName.put(name, own);
    return own;
  }

  /** A weight that the model has once. */
  Tensor get(WeightKind kind) {
    return get(kind.inModel().name());
  }

  /** A weight of one block. */
  Tensor get(WeightKind kind, int layer) {
    return get(kind.at(layer).name());
  }

  Optional<Tensor> find(WeightName name) {
    return find(name.name());
  }

  /** A weight that the model has once; empty if it lacks it. */
  Optional<Tensor> find(WeightKind kind) {
    return find(kind.inModel().name());
  }

  /** A weight of one block; empty if the block lacks it. */
  Optional<Tensor> find(WeightKind kind, int layer) {
    return find(kind.at(layer).name());
  }

  /** A weight that the model has once, laid out for the product that reads it. */
  Tensor forProduct(WeightKind kind) {
    return forProduct(kind.inModel().name(), axes(kind));
  }

  /** A weight of one block, laid out for the product that reads it. */
  Tensor forProduct(WeightKind kind, int layer) {
    return forProduct(kind.at(layer).name(), axes(kind));
  }

  /** A weight of one block and its bias, ready for the product that reads it. */
  Fused.Layer layer(WeightKind weight, WeightKind bias, int layer) {
    return Fused.Layer.kept(
        forProduct(weight, layer), find(bias, layer).orElse(null), owner, axes(weight));
  }

  /** A weight that the model has once and its bias, ready for the product that reads it. */
  Fused.Layer layer(WeightKind weight, WeightKind bias) {
    return Fused.Layer.kept(forProduct(weight), find(bias).orElse(null), owner, axes(weight));
  }

  private static Dim[] axes(WeightKind kind) {
    return kind.sumsOver().toArray(Dim[]::new);
  }

  Map<String, Tensor> all() {
    return Collections.unmodifiableMap(byName);
  }

  long parameters() {
    return byName.values().stream().mapToLong(tensor -> tensor.shape().count()).sum();
  }

  void requireOpen() {
    owner.requireOpen();
  }

  @Override
  public void close() {
    owner.close();
  }
}
