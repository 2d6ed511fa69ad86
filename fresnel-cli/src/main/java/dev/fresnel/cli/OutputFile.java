package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks a file that is written later. */
final class OutputFile {
  private OutputFile() {}

  /**
   * Checks before a long run that a folder can take its files: it is there, or can be made.
   *
   * @throws FresnelException if the path is not a folder, or cannot become one
   */
  static void requireFolder(Path folder) {
    if (folder.toString().isEmpty()) {
      throw new FresnelException("--output is ''; expected the path of a folder");
    }
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new FresnelException(
          folder + " is a file; --output expects a folder here, one file per figure goes into it");
    }
    Path writable = Files.exists(folder) ? folder : folder.toAbsolutePath().getParent();
    if (!Files.isDirectory(writable)) {
      throw new FresnelException(
          folder + " cannot be made: " + writable + " is not there; make it first");
    }
    if (!Files.isWritable(writable)) {
      throw new FresnelException(
          folder + " cannot be written: the folder " + writable + " may not be written to");
    }
  }

  /** Whether a file's name is a page's: it ends in .html or .htm, or has no ending. */
  static boolean isPage(Path file) {
    String name = String.valueOf(file.getFileName());
    boolean without = name.lastIndexOf('.') <= 0 || name.endsWith(".");
    return without || FigureOptions.ending(file).matches("html?");
  }

  /** Makes a folder where there is none. */
  static void makeFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new FresnelException(folder + " cannot be made: " + InputFile.reason(e), e);
    }
  }

  /**
   * Checks before a long run that its result can be written.
   *
   * @throws FresnelException if the path cannot become a file
   */
  static void requireWritable(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (file.toString().isEmpty() || folder == null) {
      throw new FresnelException("the file to write is '" + file + "'; expected the path of one");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new FresnelException(
          file
              + (Files.isDirectory(file) ? " is a folder" : " is a device or a pipe")
              + "; expected the path of a file, which is written beside it and moved there");
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
