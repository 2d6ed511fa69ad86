package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The libtorch tensor behind a {@link dev.fresnel.tensor.Tensor}: what frees it, and whether it was
 * freed.
 */
final class Handle {
  private final Tensor raw;
  private final @Nullable String label;
  private final @Nullable String owner;

  /** A tensor of the scope that is open, or one that garbage collection frees. */
  Handle(Tensor raw) {
    this(raw, null, null);
  }

  private Handle(Tensor raw, @Nullable String label, @Nullable String owner) {
    this.raw = raw;
    this.label = label;
    this.owner = owner;
  }

  /**
   * A tensor that its owner frees.
   *
   * @param label what the tensor is, for error messages
   * @param owner what users call the owner
   */
  static Handle retained(Tensor raw, String label, String owner) {
    raw.retainReference();
    return new Handle(raw, label, owner);
  }

  /**
   * libtorch's tensor.
   *
   * @param shape for the error message of a tensor without a label
   * @throws FresnelException if it was closed
   */
  Tensor open(Shape shape) {
    if (raw.isNull()) {
      throw new FresnelException(
          (label == null ? "a tensor " + shape : label)
              + " was closed with its "
              + (owner == null ? "Scope" : owner)
              + "; use it inside the try block, or copy its numbers out with floats()");
    }
    return raw;
  }

  boolean isClosed() {
    return raw.isNull();
  }

  Optional<String> label() {
    return Optional.ofNullable(label);
  }

  /**
   * Moves the tensor from the open scope to an outer one; without one, garbage collection frees it.
   */
  void moveTo(@Nullable PointerScope outer) {
    if (outer == null) {
      raw.retainReference();
    } else {
      outer.attach(raw);
    }
  }

  void dropFrom(PointerScope scope) {
    scope.detach(raw);
  }

  void close() {
    raw.close();
  }
}
