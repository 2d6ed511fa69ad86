package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes a file so that its name always stands for a whole one: the bytes go to a temporary name in
 * the same folder, reach the disk, and are moved into place. Whatever ends the write, the old file
 * is there or the new one.
 */
public final class AtomicFile {
  private AtomicFile() {}

  /** What is written. */
  interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * @throws FresnelException if the file cannot be written; an old file of that name is unharmed
   */
  public static void write(Path target, byte[] content) {
    write(
        target,
        channel -> {
          var bytes = ByteBuffer.wrap(content);
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }

  static void write(Path target, Content content) {
    Path folder = target.toAbsolutePath().getParent();
    if (folder == null || Files.isDirectory(target)) {
      throw new FresnelException(target + " is a folder; give the path of a file to write");
    }
    if (!Files.isDirectory(folder)) {
      throw new FresnelException(
          target + " cannot be written: there is no folder " + folder + "; make it first");
    }
    Path temporary =
        folder.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".incomplete");
    try {
      writeAndMove(temporary, target.toAbsolutePath(), content);
      flushFolder(folder);
    } catch (AccessDeniedException e) {
      throw new FresnelException(
          target + " cannot be written: the folder " + folder + " may not be written to", e);
    } catch (IOException e) {
      throw new FresnelException(target + " cannot be written: " + e, e);
    }
  }

  private static void writeAndMove(Path temporary, Path target, Content content)
      throws IOException {
    try (var channel =
        FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      content.writeTo(channel);
      channel.force(true);
    } catch (Throwable e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    try {
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (Throwable e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  /** Makes the new name last through a power cut, where folders can be opened. */
  private static void flushFolder(Path folder) {
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException notOnThisSystem) {
      // the file itself is on the disk; some systems do not open folders
    }
  }
}
