package dev.fresnel.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The bytes that pieces stand for, and how they are shown. */
final class PieceBytes {
  /** A piece of sentencepiece that is one byte. */
  private static final Pattern BYTE = Pattern.compile("<0x([0-9A-Fa-f]{2})>");

  private PieceBytes() {}

  /**
   * The bytes of a piece that is written in an alphabet of bytes: byte-level BPE's, or {@code
   * <0xE3>}; null if it is written in neither.
   */
  static byte @Nullable [] of(String piece) {
    var single = BYTE.matcher(piece);
    if (single.matches()) {
      return new byte[] {(byte) Integer.parseInt(single.group(1), 16)};
    }
    byte[] bytes = new byte[piece.length()];
    for (int i = 0; i < bytes.length; i++) {
      int value = ByteLevel.value(piece.charAt(i));
      if (value < 0) {
        return null;
      }
      bytes[i] = (byte) value;
    }
    return bytes;
  }

  /**
   * The bytes of a token whose text does not show them all, since some are only part of a
   * character; null of any other token.
   */
  static byte @Nullable [] partial(@Nullable String text, @Nullable String piece) {
    return text == null || piece == null || text.indexOf('\uFFFD') < 0 ? null : of(piece);
  }

  /** The length in bytes of the character at a place; 0 if no whole one begins there. */
  static int character(byte[] bytes, int at) {
    int first = bytes[at] & 0xff;
    int length = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return length > 0 && at + length <= bytes.length && isText(bytes, at, length) ? length : 0;
  }

  private static boolean isText(byte[] bytes, int from, int length) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, length));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  static String text(byte[] bytes, int from, int length) {
    return new String(bytes, from, length, StandardCharsets.UTF_8);
  }

  /** Whole characters as they are, other bytes in hexadecimal digits: {@code a⟨E3 81⟩}. */
  static String shown(byte[] bytes) {
    var shown = new StringBuilder();
    boolean inside = false;
    for (int at = 0; at < bytes.length; ) {
      int length = character(bytes, at);
      if (length > 0) {
        shown.append(inside ? "⟩" : "").append(text(bytes, at, length));
      } else {
        shown.append(inside ? " " : "⟨").append(String.format("%02X", bytes[at] & 0xff));
      }
      inside = length == 0;
      at += Math.max(1, length);
    }
    return shown.append(inside ? "⟩" : "").toString();
  }
}
