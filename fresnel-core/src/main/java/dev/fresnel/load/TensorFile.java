package dev.fresnel.load;

import dev.fresnel.load.internal.format.WeightSource;
import dev.fresnel.load.internal.format.safetensors.SafetensorsWriter;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * Named tensors in a file: read from safetensors, PyTorch checkpoints and GGUF, by the file's
 * ending; written as safetensors. Headers are read and checked when a file is opened, numbers when
 * they are asked for.
 *
 * <pre>{@code
 * try (var file = TensorFile.open(Path.of("model.safetensors")); var scope = Scope.open()) {
 *   file.names();                    // [wte.weight, wpe.weight, …]
 *   file.read("wte.weight").shape();  // [axis0 50257, axis1 768]
 * }
 * }</pre>
 */
public final class TensorFile implements AutoCloseable {
  private final WeightSource source;

  private TensorFile(WeightSource source) {
    this.source = source;
  }

  /**
   * Opens a {@code .safetensors}, {@code .safetensors.index.json}, {@code .pth}, {@code .pt},
   * {@code .bin} or {@code .gguf} file.
   *
   * @throws dev.fresnel.error.FresnelException if the file cannot be read or breaks a rule of its
   *     format
   */
  public static TensorFile open(Path path) {
    return new TensorFile(WeightFiles.open(path));
  }

  /**
   * Writes a safetensors file, as Python reads it. The file appears under its name when it is whole
   * and on the disk; until then an old one stays.
   *
   * @param tensors by name; tensors with larger elements come first in the file, so that all can be
   *     mapped
   * @param notes for {@link #notes()}
   * @throws dev.fresnel.error.FresnelException if the file cannot be written; an old file of that
   *     name is unharmed
   */
  public static void write(Path path, Map<String, Tensor> tensors, Map<String, String> notes) {
    SafetensorsWriter.write(path, tensors, notes);
  }

  /** The file or files, as a user would name them. */
  public String description() {
    return source.description();
  }

  /** The names of the tensors, in the file's order. */
  public Set<String> names() {
    return source.names();
  }

  /** What the writer of a safetensors file noted, such as {@code format → pt}. */
  public Map<String, String> notes() {
    return source.notes();
  }

  /** The shape of a tensor; its axes are called {@code axis0}, {@code axis1}, … */
  public Shape shape(String name) {
    return source.stored(name).shape();
  }

  /** The type that {@link #read} gives: float32 where the numbers are quantized. */
  public DType dtype(String name) {
    return source.stored(name).type();
  }

  /**
   * The numbers, mapped where the format allows it. The tensor belongs to the caller's scope and
   * outlives this file. Several threads may read at once.
   */
  public Tensor read(String name) {
    return source.read(name);
  }

  @Override
  public void close() {
    source.close();
  }

  @Override
  public String toString() {
    return "TensorFile " + source.description();
  }
}
