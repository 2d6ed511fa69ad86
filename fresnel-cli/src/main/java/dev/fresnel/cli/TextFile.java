package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Reads a text from a file or a pipe. */
final class TextFile {
  /** Bytes: some millions of words, more than any model's context. */
  static final int MOST = 32 << 20;

  private TextFile() {}

  /**
   * The whole text.
   *
   * @throws FresnelException if the file cannot be read, has more than 32 MB, or is not UTF-8
   */
  static String contents(Path file) {
    byte[] bytes = InputFile.anyBytes(file, MOST);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new FresnelException(file + " is not UTF-8 text; convert it to UTF-8", e);
    }
  }
}
