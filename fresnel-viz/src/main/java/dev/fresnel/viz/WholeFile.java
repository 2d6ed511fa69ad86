package dev.fresnel.viz;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A file that is written beside its place and then moved there, so that a reader never finds half
 * of it.
 */
final class WholeFile {
  private WholeFile() {}

  /**
   * @param what is written, for errors: {@code report}
   * @param example a name for such a file
   * @throws FresnelException if the file cannot be written; says which and why
   */
  static void write(Path file, byte[] bytes, String what, String example) {
    var target = file.toAbsolutePath();
    if (Files.isDirectory(target)) {
      throw new FresnelException(
          "cannot write the "
              + what
              + " to "
              + file
              + ": it is a folder; give a file in it, such as "
              + file.resolve(example));
    }
    Path part = null;
    try {
      part = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".part");
      Files.write(part, bytes, StandardOpenOption.CREATE_NEW);
      move(part, target);
    } catch (IOException e) {
      delete(part);
      throw new FresnelException(
          "cannot write the "
              + what
              + " to "
              + file
              + ": "
              + reason(target, e)
              + "; choose another place, or make this one writable",
          e);
    }
  }

  private static void move(Path part, Path target) throws IOException {
    try {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void delete(@Nullable Path part) {
    try {
      if (part != null) {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      // The first failure is the one to report.
    }
  }

  private static String reason(Path target, IOException failure) {
    var folder = target.getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      return "the folder " + folder + " does not exist";
    }
    if (folder != null && !Files.isWritable(folder)) {
      return "no permission to write in the folder " + folder;
    }
    return failure.getClass().getSimpleName() + ", " + failure.getMessage();
  }
}
