package dev.fresnel.file;

import dev.fresnel.error.FresnelException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A text file's content. Some editors begin a file with a byte-order mark, which no one sees and
 * which is no part of the text: it is left out. Everything else stays, line ends too.
 *
 * @param text the text without the mark
 * @param hadMark whether the file began with one
 */
public record TextBytes(String text, boolean hadMark) {
  /** U+FEFF in UTF-8. */
  private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  /**
   * @param bytes the file's content
   * @param name what an error calls the file
   * @throws FresnelException if the bytes are not UTF-8
   */
  public static TextBytes of(byte[] bytes, String name) {
    boolean marked = begins(bytes);
    int from = marked ? MARK.length : 0;
    try {
      return new TextBytes(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes, from, bytes.length - from))
              .toString(),
          marked);
    } catch (CharacterCodingException e) {
      throw new FresnelException(name + " is not UTF-8 text; convert it to UTF-8", e);
    }
  }

  private static boolean begins(byte[] bytes) {
    return bytes.length >= MARK.length
        && Arrays.equals(bytes, 0, MARK.length, MARK, 0, MARK.length);
  }

  /** What a user is told of a mark that was left out. */
  public static String remark(String name) {
    return name + " begins with a byte-order mark, which is no part of the text: it is left out.";
  }
}
