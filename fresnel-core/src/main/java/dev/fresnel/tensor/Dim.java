package dev.fresnel.tensor;

/**
 * The name of an axis. Two axes with the same name are the same axis: that is how tensors find each
 * other in {@link Tensor#plus}, {@link Tensor#times} and {@link Tensor#dot}.
 *
 * <pre>{@code
 * var feature = new Dim("feature");   // anyone may add one
 * }</pre>
 */
public record Dim(String name) {
  public Dim {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a dimension needs a name");
    }
  }

  /**
   * An axis that has only its place: {@code axis0}, {@code axis1}, as tensors in files have them.
   */
  public static Dim axis(int index) {
    return new Dim("axis" + index);
  }

  @Override
  public String toString() {
    return name;
  }
}
