package dev.fresnel.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Names the tokens of one vocabulary so that no two look alike.
 *
 * @param decode gives the text of one token
 */
record TokenLabels(Pieces pieces, IntFunction<String> decode) {
  /** What sentencepiece writes for a space. */
  private static final char MARK = '▁';

  Token of(int id) {
    String text = decode.apply(id);
    String piece = pieces.of(id);
    return new Token(id, text, piece, label(id, text, piece));
  }

  private String label(int id, String text, @Nullable String piece) {
    if (piece == null) {
      return Token.number(id);
    }
    byte[] bytes = PieceBytes.partial(text, piece);
    if (bytes != null) {
      return PieceBytes.shown(bytes);
    }
    return showsAllOf(piece, text) && isOnly(id, text) ? text : piece;
  }

  /** Whether a text is what a piece says, rather than what is left of it. */
  private static boolean showsAllOf(String piece, String text) {
    byte[] bytes = PieceBytes.of(piece);
    return text.equals(piece)
        || text.equals(piece.replace(MARK, ' '))
        || bytes != null && Arrays.equals(bytes, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Whether no other token decodes to this text. Instead of the whole vocabulary, this decodes the
   * pieces that known kinds of tokenizers write for it.
   */
  private boolean isOnly(int id, String text) {
    return spellings(text)
        .map(pieces::id)
        .filter(OptionalInt::isPresent)
        .mapToInt(OptionalInt::getAsInt)
        .filter(other -> other != id)
        .noneMatch(other -> decode.apply(other).equals(text));
  }

  private static Stream<String> spellings(String text) {
    String marked = text.replace(' ', MARK);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return Stream.of(
        text,
        marked,
        MARK + marked,
        ByteLevel.piece(bytes),
        bytes.length == 1 ? String.format("<0x%02X>", bytes[0]) : text,
        text + "</w>");
  }
}
