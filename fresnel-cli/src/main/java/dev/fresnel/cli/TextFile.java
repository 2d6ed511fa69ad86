package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.file.TextBytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads a text from a file, a pipe or standard input. */
final class TextFile {
  /** Bytes: some millions of words, more than any model's context. */
  static final int MOST = 32 << 20;

  /** What stands for standard input in place of a path. */
  private static final Path STANDARD_INPUT = Path.of("-");

  private TextFile() {}

  /**
   * The whole text, without a byte-order mark; a note says where there was one.
   *
   * @param file {@code -} for standard input
   * @throws FresnelException if the file cannot be read, has more than 32 MB, or is not UTF-8
   */
  static String contents(Path file, Console console) {
    boolean standard = file.equals(STANDARD_INPUT);
    String name = standard ? "standard input" : file.toString();
    var content = TextBytes.of(standard ? standardInput() : InputFile.anyBytes(file, MOST), name);
    if (content.hadMark()) {
      console.note(TextBytes.remark(name));
    }
    return content.text();
  }

  /**
   * The lines that are not blank.
   *
   * @throws FresnelException as {@link #contents(Path, Console)}, and if there are none
   */
  static List<GivenText> lines(Path file, Console console) {
    var lines = new ArrayList<GivenText>();
    int number = 0;
    for (String line : contents(file, console).lines().toList()) {
      number++;
      if (!line.isBlank()) {
        lines.add(GivenText.line(file, number, line));
      }
    }
    if (lines.isEmpty()) {
      throw new FresnelException(file + " has no texts; write one a line");
    }
    return lines;
  }

  /**
   * The same of a file that is not read as a text, of whose mark nobody needs to know.
   *
   * @throws FresnelException as there
   */
  static String contents(Path file) {
    return TextBytes.of(InputFile.anyBytes(file, MOST), file.toString()).text();
  }

  private static byte[] standardInput() {
    try {
      byte[] bytes = System.in.readNBytes(MOST + 1);
      if (bytes.length > MOST) {
        throw new FresnelException(
            "standard input has more than "
                + MOST
                + " bytes, which is the most that is read; give a part of it, as 'head -c' does");
      }
      return bytes;
    } catch (IOException e) {
      throw new FresnelException("standard input cannot be read: " + InputFile.reason(e), e);
    }
  }
}
