package dev.fresnel.text;

import dev.fresnel.error.FresnelException;
import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Says of a text that is not one token what it is, and what would be one. */
final class NotOneToken {
  /** Tokens that a message lists. */
  private static final int LISTED = 10;

  private NotOneToken() {}

  /**
   * @param encode how the text was read
   */
  static FresnelException of(
      Tokenizer tokenizer, String text, int[] ids, Function<String, int[]> encode) {
    return new FresnelException(
        "\"%s\" is %d tokens%s; expected one. %s"
            .formatted(text, ids.length, list(tokenizer, ids), advice(tokenizer, text, encode)));
  }

  private static String list(Tokenizer tokenizer, int[] ids) {
    if (ids.length == 0) {
      return "";
    }
    return Arrays.stream(ids)
        .limit(LISTED)
        .mapToObj(id -> named(tokenizer, id))
        .collect(Collectors.joining(", ", " [", ids.length > LISTED ? ", ...]" : "]"));
  }

  /** Names only what is one token for certain. */
  private static String advice(Tokenizer tokenizer, String text, Function<String, int[]> encode) {
    String other = text.startsWith(" ") ? text.substring(1) : " " + text;
    int[] ids = orNone(encode, other);
    if (ids.length == 1) {
      return "\"%s\" is one: %s.".formatted(other, named(tokenizer, ids[0]));
    }
    var piece = tokenizer.idOfPiece(text);
    return piece.isPresent()
        ? "idOfPiece gives the vocabulary's piece of this name, " + piece.getAsInt() + "."
        : "Take one of its pieces.";
  }

  /** A vocabulary may lack the words that nobody asked for. */
  private static int[] orNone(Function<String, int[]> encode, String text) {
    try {
      return encode.apply(text);
    } catch (FresnelException unknownWord) {
      return new int[0];
    }
  }

  private static String named(Tokenizer tokenizer, int id) {
    return "\"" + tokenizer.token(id).label() + "\" (" + id + ")";
  }
}
