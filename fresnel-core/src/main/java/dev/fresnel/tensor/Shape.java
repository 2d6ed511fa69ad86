package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.List;

/**
 * The names and sizes of a tensor's axes, outermost first.
 *
 * <pre>{@code
 * Shape.of(POS, 42).and(D_MODEL, 768).toString();   // "[pos 42, d_model 768]"
 * }</pre>
 *
 * @param dims the axes' names; no name may repeat
 * @param sizes the size of each axis; 0 is allowed
 */
public record Shape(List<Dim> dims, List<Long> sizes) {
  public static final Shape SCALAR = new Shape(List.of(), List.of());

  public Shape {
    dims = List.copyOf(dims);
    sizes = List.copyOf(sizes);
    if (dims.size() != sizes.size()) {
      throw new FresnelException(
          "a shape needs one size per dimension: dims " + dims + ", sizes " + sizes);
    }
    for (int i = 0; i < dims.size(); i++) {
      if (dims.indexOf(dims.get(i)) < i) {
        throw new FresnelException(
            "a dimension is repeated in " + dims + "; rename one of them first");
      }
      if (sizes.get(i) < 0) {
        throw new FresnelException("a size is negative: " + dims + " " + sizes);
      }
    }
  }

  public static Shape of(Dim dim, long size) {
    return SCALAR.and(dim, size);
  }

  /** This shape with one more axis, innermost. */
  public Shape and(Dim dim, long size) {
    var moreDims = new ArrayList<>(dims);
    var moreSizes = new ArrayList<>(sizes);
    moreDims.add(dim);
    moreSizes.add(size);
    return new Shape(moreDims, moreSizes);
  }

  /** This shape followed by all axes of another, as the inner ones. */
  public Shape and(Shape inner) {
    var moreDims = new ArrayList<>(dims);
    var moreSizes = new ArrayList<>(sizes);
    moreDims.addAll(inner.dims);
    moreSizes.addAll(inner.sizes);
    return new Shape(moreDims, moreSizes);
  }

  /**
   * This shape followed by the axes of another that it lacks.
   *
   * @throws FresnelException if an axis of both has two sizes
   */
  Shape joined(Shape other) {
    requireAgrees(other);
    if (dims.containsAll(other.dims)) {
      return this;
    }
    var moreDims = new ArrayList<>(dims);
    var moreSizes = new ArrayList<>(sizes);
    for (int i = 0; i < other.rank(); i++) {
      if (!has(other.dims.get(i))) {
        moreDims.add(other.dims.get(i));
        moreSizes.add(other.sizes.get(i));
      }
    }
    return new Shape(moreDims, moreSizes);
  }

  /** The shape of these axes alone, in this order. */
  public Shape only(List<Dim> some) {
    return new Shape(some, some.stream().map(this::size).toList());
  }

  /** Sizes under these names, outermost first. */
  public static Shape of(List<Dim> dims, long... sizes) {
    var boxed = new Long[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      boxed[i] = sizes[i];
    }
    return new Shape(dims, List.of(boxed));
  }

  /**
   * Checks that axes of the same name have the same size.
   *
   * @throws FresnelException naming the axis and both sizes
   */
  public void requireAgrees(Shape other) {
    for (Dim dim : dims) {
      if (other.has(dim) && size(dim) != other.size(dim)) {
        throw new FresnelException(
            "dimension "
                + dim
                + " is "
                + size(dim)
                + " on one side and "
                + other.size(dim)
                + " on the other: "
                + this
                + " and "
                + other);
      }
    }
  }

  /** Checks that an operation names an axis once, and that this shape has it. */
  void requireOnce(List<Dim> named) {
    for (int i = 0; i < named.size(); i++) {
      index(named.get(i));
      for (int j = 0; j < i; j++) {
        if (named.get(i).equals(named.get(j))) {
          throw new FresnelException(
              "dimension " + named.get(i) + " is named twice in " + named + ", of " + this);
        }
      }
    }
  }

  public int rank() {
    return dims.size();
  }

  public boolean has(Dim dim) {
    return dims.contains(dim);
  }

  /** The size of an axis, by name. */
  public long size(Dim dim) {
    return sizes.get(index(dim));
  }

  /** The index of an axis; 0 is the outermost. */
  public int index(Dim dim) {
    int index = dims.indexOf(dim);
    if (index < 0) {
      throw new FresnelException("no dimension " + dim + " in " + this);
    }
    return index;
  }

  /**
   * The number of elements of a tensor of this shape.
   *
   * @throws FresnelException if it is more than 64 bits can count
   */
  public long count() {
    long count = 1;
    for (long size : sizes) {
      try {
        count = Math.multiplyExact(count, size);
      } catch (ArithmeticException e) {
        throw new FresnelException(
            "a tensor " + this + " has more numbers than 64 bits can count; make it smaller", e);
      }
    }
    return count;
  }

  public long[] toArray() {
    var array = new long[sizes.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = sizes.get(i);
    }
    return array;
  }

  @Override
  public String toString() {
    var parts = new ArrayList<String>();
    for (int i = 0; i < dims.size(); i++) {
      parts.add(dims.get(i) + " " + sizes.get(i));
    }
    return parts.toString();
  }
}
