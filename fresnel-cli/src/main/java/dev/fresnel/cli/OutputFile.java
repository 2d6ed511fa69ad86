package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks a file that is written later. */
final class OutputFile {
  private OutputFile() {}

  /**
   * Checks before a long run that its result can be written.
   *
   * @throws FresnelException if the path cannot become a file
   */
  static void requireWritable(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (file.toString().isEmpty() || folder == null) {
      throw new FresnelException("--output is '" + file + "'; expected the path of a file");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new FresnelException(
          file
              + (Files.isDirectory(file) ? " is a folder" : " is a device or a pipe")
              + "; --output expects the path of a file, which is written beside it and moved"
              + " there");
    }
    if (!Files.isDirectory(folder)) {
      throw new FresnelException(
          file
              + " cannot be written: "
              + folder
              + " is "
              + (Files.exists(folder) ? "not a folder" : "not there; make it first"));
    }
    if (!Files.isWritable(folder)) {
      throw new FresnelException(
          file + " cannot be written: the folder " + folder + " may not be written to");
    }
  }
}
