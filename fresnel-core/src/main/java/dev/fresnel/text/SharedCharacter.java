package dev.fresnel.text;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A character whose bytes are divided among several tokens of a text, so that none of them shows
 * it.
 *
 * @param first the position of the token with its first byte
 * @param last the position of the token with its last byte
 * @param text the character
 */
public record SharedCharacter(int first, int last, String text) {
  /** All such characters of a text, in order. Two of them may share a token. */
  public static List<SharedCharacter> in(List<Token> tokens) {
    var found = new ArrayList<SharedCharacter>();
    var bytes = new ByteArrayOutputStream();
    var owners = new ArrayList<Integer>();
    for (int position = 0; position < tokens.size(); position++) {
      Token token = tokens.get(position);
      byte[] own = PieceBytes.partial(token.text(), token.piece());
      if (own == null) {
        collect(bytes.toByteArray(), owners, found);
        bytes.reset();
        owners.clear();
        continue;
      }
      bytes.writeBytes(own);
      for (int i = 0; i < own.length; i++) {
        owners.add(position);
      }
    }
    collect(bytes.toByteArray(), owners, found);
    return List.copyOf(found);
  }

  /**
   * @param owners the position of the token of each byte
   */
  private static void collect(byte[] bytes, List<Integer> owners, List<SharedCharacter> found) {
    for (int at = 0; at < bytes.length; ) {
      int length = PieceBytes.character(bytes, at);
      if (length > 1 && !owners.get(at).equals(owners.get(at + length - 1))) {
        found.add(
            new SharedCharacter(
                owners.get(at), owners.get(at + length - 1), PieceBytes.text(bytes, at, length)));
      }
      at += Math.max(1, length);
    }
  }
}
