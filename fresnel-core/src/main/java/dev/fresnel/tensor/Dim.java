package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import org.jspecify.annotations.Nullable;

/**
 * The name of an axis. Two axes with the same name are the same axis: {@link Tensor#plus}, {@link
 * Tensor#times} and {@link Tensor#dot} match axes by name.
 *
 * <pre>{@code
 * var feature = new Dim("feature");   // any code may define one
 * }</pre>
 */
public record Dim(String name) {
  public Dim {
    if (name.isBlank()) {
      throw new FresnelException("a dimension needs a name, got a blank one");
    }
  }

  /**
   * The name of an axis known only by its index: {@code axis0}, {@code axis1}. Tensors read from
   * files have such axes.
   */
  public static Dim axis(int index) {
    return new Dim("axis" + index);
  }

  /** Every operation compares axes: one object is equal to itself, whatever its name. */
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other || other instanceof Dim that && name.equals(that.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }
}
