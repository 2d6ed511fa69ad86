package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.internal.kernel.Libtorch;
import dev.fresnel.tensor.internal.kernel.Use;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * A memory-mapped file. Tensors are views of it, and the system reads a page when it is first used.
 * The mapping is private: nothing is ever written to the file. It is unmapped once this object is
 * closed and the last tensor on it is freed. Any thread may close it.
 *
 * <p>If the file is shortened while it is mapped, the process crashes. So replace files by moving a
 * new one into place; never rewrite them.
 */
public final class MappedFile implements AutoCloseable {
  private final Path path;
  private final long length;
  private final Handle bytes;

  private MappedFile(Path path, long length, Handle bytes) {
    this.path = path;
    this.length = length;
    this.bytes = bytes;
  }

  public static MappedFile open(Path path) throws java.io.IOException {
    Libtorch.load();
    long length = Files.size(path);
    if (length == 0) {
      throw new FresnelException(path + " is empty; fetch or write it again");
    }
    try (var scope = new PointerScope()) {
      var bytes =
          torch.from_file(
              path.toAbsolutePath().toString(),
              new BoolOptional(false),
              new LongOptional(length),
              new TensorOptions(DType.UINT8.raw));
      return new MappedFile(path, length, Handle.retained(bytes, path.toString(), "MappedFile"));
    }
  }

  public long length() {
    return length;
  }

  /**
   * Numbers of the file as a tensor: a view if the offset is a multiple of the type's size,
   * otherwise a copy.
   *
   * @param offset the start of the first number, in bytes from the start of the file
   * @throws FresnelException if the numbers would reach past the end of the file, or it is closed
   */
  public Tensor tensor(long offset, DType type, Shape shape) {
    long needed = Math.multiplyExact(shape.count(), (long) type.bytes());
    if (offset < 0 || offset > length || needed > length - offset) {
      throw new FresnelException(
          path
              + ": a tensor of "
              + needed
              + " bytes at "
              + offset
              + " reaches past the end at "
              + length);
    }
    org.bytedeco.pytorch.Tensor result;
    try (var use = Use.open();
        var scope = new PointerScope()) {
      var part = bytes.open(shape).narrow(0, offset, needed);
      var aligned = offset % type.bytes() == 0 ? part : part.clone();
      result = aligned.view(type.raw).view(shape.toArray());
      result.retainReference();
    }
    var outer = PointerScope.getInnerScope();
    if (outer != null) {
      outer.attach(result);
      result.releaseReference();
    }
    return new Tensor(result, shape.dims());
  }

  /** Closes the file. Tensors already taken from it stay valid. */
  @Override
  public void close() {
    bytes.close();
  }

  @Override
  public String toString() {
    return "MappedFile[%s, %d bytes]".formatted(path, length);
  }
}
