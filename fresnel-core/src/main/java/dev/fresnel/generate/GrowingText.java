package dev.fresnel.generate;

import dev.fresnel.text.Tokenizer;
import java.util.Arrays;
import java.util.List;

/**
 * The text of tokens that come one by one. Characters of several tokens come out whole, and what
 * may be the beginning of a stop string is held back.
 */
final class GrowingText {
  /**
   * Tokens of the prompt that are decoded before the first new one, since some decoders write a
   * token's space only behind another token.
   */
  private static final int BEFORE = 4;

  /** What a decoder writes for an incomplete character. */
  private static final String INCOMPLETE = "\uFFFD";

  private final Tokenizer tokenizer;
  private final List<String> stop;
  private final StringBuilder text = new StringBuilder();
  private int[] ids;

  /** Where the decoded window of ids begins, and the end of those whose text is known. */
  private int from;

  private int known;
  private int released;
  private boolean stopped;

  GrowingText(Tokenizer tokenizer, List<String> stop, int[] prompt) {
    this.tokenizer = tokenizer;
    this.stop = stop;
    ids = prompt.clone();
    known = ids.length;
    from = Math.max(0, known - BEFORE);
  }

  /** Adds a token. */
  void add(int id) {
    ids = Arrays.copyOf(ids, ids.length + 1);
    ids[ids.length - 1] = id;
    decode(false);
  }

  private void decode(boolean last) {
    String before = tokenizer.decode(Arrays.copyOfRange(ids, from, known));
    String all = tokenizer.decode(Arrays.copyOfRange(ids, from, ids.length));
    if (!last && all.endsWith(INCOMPLETE)) {
      return;
    }
    text.append(all, shared(before, all), all.length());
    from = known;
    known = ids.length;
    cutAtStop();
  }

  /** The number of characters that both begin with. */
  private static int shared(String one, String other) {
    int length = Math.min(one.length(), other.length());
    for (int i = 0; i < length; i++) {
      if (one.charAt(i) != other.charAt(i)) {
        return i;
      }
    }
    return length;
  }

  private void cutAtStop() {
    int first =
        stop.stream()
            .mapToInt(each -> text.indexOf(each, released))
            .filter(at -> at >= 0)
            .min()
            .orElse(-1);
    if (first >= 0) {
      text.setLength(first);
      stopped = true;
    }
  }

  /** Whether the text has a stop string. It ends before the first. */
  boolean isStopped() {
    return stopped;
  }

  /**
   * The characters that are certain and were not given yet.
   *
   * @param last whether no token follows, so that everything is certain
   */
  String release(boolean last) {
    if (last && !stopped && known < ids.length) {
      decode(true);
    }
    int end = last || stopped ? text.length() : text.length() - held();
    String piece = text.substring(released, Math.max(released, end));
    released += piece.length();
    return piece;
  }

  /** The length of the longest end of the text that begins a stop string. */
  private int held() {
    int most = 0;
    for (String each : stop) {
      for (int length = Math.min(each.length() - 1, text.length()); length > most; length--) {
        if (each.startsWith(text.substring(text.length() - length))) {
          most = length;
        }
      }
    }
    return most;
  }
}
