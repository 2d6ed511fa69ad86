package dev.fresnel.load.internal.format;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.MappedFile;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file from elsewhere, open for reading. Its length is read once, nothing beyond it can be read,
 * and every error names the file.
 */
public final class DataFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final long length;
  private @Nullable MappedFile map;
  private volatile boolean closed;

  private DataFile(Path path, FileChannel channel, long length) {
    this.path = path;
    this.channel = channel;
    this.length = length;
  }

  public static DataFile open(Path path) {
    InputFile.requireRegular(path);
    try {
      var channel = FileChannel.open(path, StandardOpenOption.READ);
      return new DataFile(path, channel, channel.size());
    } catch (AccessDeniedException e) {
      throw new FresnelException(path + " may not be read; check its permissions", e);
    } catch (IOException e) {
      throw new FresnelException(path + " cannot be opened: " + InputFile.reason(e), e);
    }
  }

  public Path path() {
    return path;
  }

  public long length() {
    return length;
  }

  /** An error in this file. */
  public FresnelException error(String problem) {
    return new FresnelException(path + ": " + problem);
  }

  public FresnelException error(String problem, Throwable cause) {
    return new FresnelException(path + ": " + problem, cause);
  }

  /** An error in this file for which there is no better advice than another file. */
  public FresnelException malformed(String problem) {
    return error(problem + "; fetch the file again, or write it anew");
  }

  public FresnelException malformed(String problem, Throwable cause) {
    return error(problem + "; fetch the file again, or write it anew", cause);
  }

  /** The bytes from an offset on. */
  public byte[] bytes(long offset, int count, String what) {
    requireInside(offset, count, what);
    var bytes = new byte[count];
    read(offset, bytes, count);
    return bytes;
  }

  /** Fills the beginning of an array with the bytes from an offset on. */
  public void read(long offset, byte[] into, int count) {
    requireInside(offset, count, "data");
    var buffer = ByteBuffer.wrap(into, 0, count);
    try {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, offset + buffer.position()) < 0) {
          throw error("the file became shorter while it was read; load it again");
        }
      }
    } catch (ClosedByInterruptException e) {
      throw error("was being read when the thread was interrupted; load it again", e);
    } catch (ClosedChannelException e) {
      throw error(
          closed
              ? "is closed; read its weights before closing it"
              : "was being read when another thread that read it was interrupted; load it again",
          e);
    } catch (IOException e) {
      throw error("cannot be read: " + InputFile.reason(e), e);
    }
  }

  public void requireInside(long offset, long count, String what) {
    if (offset < 0 || count < 0 || offset > length || count > length - offset) {
      throw error(
          what
              + " of "
              + count
              + " bytes at offset "
              + offset
              + " would reach past the end of the file at "
              + length
              + "; the file is cut short or damaged: fetch it again");
    }
  }

  /** Numbers of the file, mapped into memory where their offset suits the type. */
  public synchronized Tensor tensor(long offset, DType type, Shape shape) {
    requireInside(offset, Math.multiplyExact(shape.count(), (long) type.bytes()), "a tensor");
    return map().tensor(offset, type, shape);
  }

  private MappedFile map() {
    if (closed) {
      throw error("is closed; read its weights before closing it");
    }
    if (map == null) {
      try {
        map = MappedFile.open(path);
      } catch (IOException e) {
        throw error("cannot be mapped into memory: " + InputFile.reason(e), e);
      }
      if (map.length() != length) {
        throw error(
            "the file changed from " + length + " to " + map.length() + " bytes; load it again");
      }
    }
    return map;
  }

  /** Unmaps the file as soon as no tensor on it is left; the next tensor maps it anew. */
  public synchronized void unmap() {
    if (map != null) {
      map.close();
      map = null;
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    try {
      channel.close();
    } catch (IOException e) {
      throw error("cannot be closed: " + InputFile.reason(e), e);
    } finally {
      unmap();
    }
  }
}
