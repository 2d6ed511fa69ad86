package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads a text from a file. */
final class TextFile {
  private TextFile() {}

  /**
   * The whole text.
   *
   * @throws FresnelException if the file cannot be read, or is not UTF-8
   */
  static String contents(Path file) {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new FresnelException(file + " is not UTF-8 text; convert it to UTF-8", e);
    } catch (NoSuchFileException e) {
      throw new FresnelException(
          "there is no file " + file + "; expected a text in UTF-8: check the path", e);
    } catch (IOException | OutOfMemoryError e) {
      throw new FresnelException(
          file
              + " cannot be read as text: "
              + (Files.isDirectory(file) ? "it is a folder" : e.getMessage()),
          e);
    }
  }
}
