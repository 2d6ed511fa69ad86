package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file to be written, checked before there is anything to write. */
final class OutputFile {
  private OutputFile() {}

  /**
   * @throws FresnelException if the path cannot become a file: said before a long run, not after it
   */
  static void requireWritable(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || Files.isDirectory(file)) {
      throw new FresnelException(
          file + " is a folder; --output expects the path of a file, such as "
              + file.resolve("NAME"));
    }
    if (file.toString().isEmpty()) {
      throw new FresnelException("--output is empty; it expects the path of a file");
    }
    if (!Files.isDirectory(folder)) {
      throw new FresnelException(
          file + " cannot be written: " + folder + " is "
              + (Files.exists(folder) ? "not a folder" : "not there; make it first"));
    }
    if (!Files.isWritable(folder)) {
      throw new FresnelException(
          file + " cannot be written: the folder " + folder + " may not be written to");
    }
  }
}
