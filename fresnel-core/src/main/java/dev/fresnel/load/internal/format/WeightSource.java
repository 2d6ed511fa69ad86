package dev.fresnel.load.internal.format;

import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * Named weights in one or more files, whatever the format. Headers are read and checked when it is
 * opened, numbers when they are asked for.
 */
public interface WeightSource extends AutoCloseable {
  /** The file or files, as a user would name them. */
  String description();

  /** The bytes of the files. */
  long bytes();

  /** The names of the weights, in the file's order. */
  Set<String> names();

  /** What the writer of the file noted, in formats that have room for it. */
  default Map<String, String> notes() {
    return Map.of();
  }

  /** What is stored under a name; the axes are called {@code axis0}, {@code axis1}, … */
  Stored stored(String name);

  /**
   * The numbers: mapped where the format allows it, float32 where they were quantized. The tensor
   * belongs to the caller's scope. Several threads may read at once.
   */
  Tensor read(String name);

  /**
   * Whether {@link #read} gives a view of the file, which costs nothing, rather than numbers made
   * anew. By default it does not.
   */
  default boolean isMapped(String name) {
    return false;
  }

  /**
   * Unmaps the memory through which tensors were read. Tensors that are still held stay valid, and
   * the next read maps the file anew. By default nothing is mapped.
   */
  default void unmap() {}

  @Override
  void close();

  /**
   * A weight's header.
   *
   * @param type how the numbers come out of {@link #read}
   * @param format how they are stored, in the format's own word: {@code F32}, {@code Q4_1}
   */
  record Stored(DType type, String format, Shape shape) {}
}
