package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.internal.kernel.Use;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The libtorch tensor behind a {@link dev.fresnel.tensor.Tensor}: what frees it, and whether it was
 * closed. Whatever closes it, it is freed only when no thread uses it any more.
 */
final class Handle extends Use.Memory {
  private final Tensor raw;
  private final @Nullable String label;
  private final @Nullable String owner;

  /** The scope that closes it; null if an owner or garbage collection does. */
  private Scope.@Nullable Frame scope;

  /** A tensor of the scope that is open, or one that garbage collection frees. */
  Handle(Tensor raw) {
    this(owned(raw), null, null);
    scope = Scope.Frame.adopting(this, this.raw);
  }

  private Handle(Tensor raw, @Nullable String label, @Nullable String owner) {
    this.raw = raw;
    this.label = label;
    this.owner = owner;
  }

  /** The tensor itself, or a copy of its handle if it is a part of another native object. */
  private static Tensor owned(Tensor raw) {
    return raw.referenceCount() < 0 ? new Tensor(raw) : raw;
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
   * libtorch's tensor, which is not freed before the thread's open {@link Use} ends.
   *
   * @param shape for the error message of a tensor without a label
   * @throws FresnelException if it was closed
   */
  Tensor open(Shape shape) {
    if (!take() || raw.isNull()) {
      throw new FresnelException(
          (label == null ? "a tensor " + shape : label)
              + " was closed with its "
              + (owner == null ? "Scope" : owner)
              + "; use it inside the try block, or copy its numbers out with floats()");
    }
    return raw;
  }

  /** The type of the numbers, or that it is closed, for messages. */
  String state() {
    try (var use = Use.open()) {
      return take() && !raw.isNull() ? DType.of(raw.scalar_type()).label() : "closed";
    }
  }

  Optional<String> label() {
    return Optional.ofNullable(label);
  }

  /**
   * Moves the tensor from the scope that closes to an outer one; without one, garbage collection
   * frees it. A tensor of another scope or of an owner stays where it is.
   */
  void move(Scope.Frame from, @Nullable PointerScope outer) {
    if (scope != from) {
      return;
    }
    scope = outer instanceof Scope.Frame frame ? frame : null;
    if (scope != null) {
      scope.add(this);
    } else if (outer != null) {
      outer.attach(raw);
      raw.releaseReference();
    }
  }

  /** Closes the tensor if it belongs to this scope. */
  void closeWith(Scope.Frame closing) {
    if (scope == closing) {
      close();
    }
  }

  @Override
  protected void free() {
    raw.releaseReference();
  }
}
