package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;

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

  @Override
  public String toString() {
    return name;
  }
}
