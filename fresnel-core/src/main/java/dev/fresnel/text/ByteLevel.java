package dev.fresnel.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fresnel.file.Json;
import java.util.stream.IntStream;

/** The alphabet of byte-level BPE: a visible character for each byte, as GPT-2 introduced it. */
final class ByteLevel {
  static final String BOS = "<|bos|>";

  /** The bytes without a visible character of their own, in order: U+0100 stands for the first. */
  private static final int[] INVISIBLE =
      IntStream.range(0, 256).filter(value -> !visible(value)).toArray();

  private ByteLevel() {}

  /**
   * The character that stands for a byte: the byte's own character if it is visible, otherwise one
   * from U+0100 on.
   */
  static char character(int value) {
    return visible(value) ? (char) value : (char) (256 + invisibleBefore(value));
  }

  /** The byte that a character stands for; -1 if it stands for none. */
  static int value(char character) {
    if (character < 256) {
      return visible(character) ? character : -1;
    }
    int invisible = character - 256;
    return invisible < INVISIBLE.length ? INVISIBLE[invisible] : -1;
  }

  /** Bytes in this alphabet. */
  static String piece(byte[] bytes) {
    var piece = new StringBuilder(bytes.length);
    for (byte each : bytes) {
      piece.append(character(each & 0xff));
    }
    return piece.toString();
  }

  private static boolean visible(int value) {
    return value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xAC || value >= 0xAE;
  }

  private static int invisibleBefore(int value) {
    int count = 0;
    for (int b = 0; b < value; b++) {
      count += visible(b) ? 0 : 1;
    }
    return count;
  }

  /** A tokenizer.json whose token ids are byte values, with {@link #BOS} as 256. */
  static String json() {
    ObjectNode root = Json.MAPPER.createObjectNode().put("version", "1.0");
    root.putArray("added_tokens").add(addedToken(256, BOS, true));
    root.putObject("pre_tokenizer")
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", false);
    root.set("decoder", decoder());
    ObjectNode model = root.putObject("model").put("type", "BPE");
    ObjectNode vocabulary = model.putObject("vocab");
    for (int value = 0; value < 256; value++) {
      vocabulary.put(String.valueOf(character(value)), value);
    }
    model.putArray("merges");
    return root.toString();
  }

  static ObjectNode decoder() {
    return Json.MAPPER
        .createObjectNode()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", true);
  }

  static ObjectNode addedToken(int id, String text, boolean special) {
    return Json.MAPPER
        .createObjectNode()
        .put("id", id)
        .put("content", text)
        .put("single_word", false)
        .put("lstrip", false)
        .put("rstrip", false)
        .put("normalized", false)
        .put("special", special);
  }
}
