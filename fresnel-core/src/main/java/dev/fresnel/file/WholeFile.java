package dev.fresnel.file;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a file so that its name always stands for a whole one: the bytes go to a temporary name,
 * reach the disk, and are moved into place. Whatever ends the write, the old file is there or the
 * new one.
 */
public final class WholeFile {
  private WholeFile() {}

  /** What is written. */
  public interface Content {
    void writeTo(FileChannel channel) throws IOException;

    /** These bytes. */
    static Content of(byte[] bytes) {
      return channel -> {
        var rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
      };
    }
  }

  /**
   * @throws FresnelException if the file cannot be written; an old file of that name is unharmed
   */
  public static void write(Path target, byte[] content) {
    write(target, Content.of(content));
  }

  /**
   * @throws FresnelException if the file cannot be written; an old file of that name is unharmed
   */
  public static void write(Path target, Content content) {
    Path folder = target.toAbsolutePath().getParent();
    if (folder == null || Files.isDirectory(target)) {
      throw new FresnelException(
          target + " cannot be written: it is a folder; give the path of a file in it");
    }
    if (!Files.isDirectory(folder)) {
      throw new FresnelException(
          target
              + " cannot be written: the folder "
              + folder
              + " does not exist; make it first, or choose another place");
    }
    try {
      write(target, folder, content);
    } catch (AccessDeniedException e) {
      throw new FresnelException(
          target + " cannot be written: the folder " + folder + " may not be written to", e);
    } catch (IOException e) {
      throw new FresnelException(target + " cannot be written: " + InputFile.reason(e), e);
    }
  }

  /**
   * The same, with the temporary file in a folder of its own.
   *
   * @param temporaryFolder a folder on the same disk
   */
  public static void write(Path target, Path temporaryFolder, Content content) throws IOException {
    TemporaryFile.removeAbandoned(temporaryFolder);
    try (var temporary = TemporaryFile.in(temporaryFolder, target)) {
      content.writeTo(temporary.channel());
      temporary.moveTo(target);
    }
    flush(target.toAbsolutePath().getParent());
  }

  /**
   * Removes what killed writers left in a folder: files under temporary names that no process is
   * writing. Each write does this first in its own folder.
   */
  public static void removeAbandoned(Path folder) {
    TemporaryFile.removeAbandoned(folder);
  }

  /** Makes the new name last through a power cut, where folders can be opened. */
  private static void flush(Path folder) {
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException notOnThisSystem) {
      // The file itself is on the disk; some systems do not open folders.
    }
  }
}
