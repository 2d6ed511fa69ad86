package dev.fresnel.text;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds regular expressions that may backtrack for very long. The native code ends the process
 * after ten million retries of one match. So a pattern passes only if the work is bounded by a low
 * power of the text's length: no repetition inside a repetition, at most two repetitions in a row,
 * no back-references. The patterns of all published tokenizers that we know of pass.
 */
final class RegexCheck {
  /** Characters in a pattern. */
  private static final int MAX_LENGTH = 4_096;

  /** Groups inside groups. */
  private static final int MAX_DEPTH = 16;

  /** Unbounded repetitions in a row. */
  private static final int MAX_REPEATS = 2;

  /** The highest {@code n} of {@code {m,n}} that counts as bounded. */
  private static final int MAX_COUNT = 10;

  private static final Set<String> LOOKS = Set.of("?=", "?!", "?<=", "?<!");

  private final String pattern;
  private int at;
  private int depth;
  private @Nullable String problem;

  /** Whether the atom or group that was read last can match the empty string. */
  private boolean empty;

  private RegexCheck(String pattern) {
    this.pattern = pattern;
  }

  /** The problem, worded to follow "the pattern"; null if there is none. */
  static @Nullable String problem(String pattern) {
    if (pattern.isEmpty() || pattern.length() > MAX_LENGTH) {
      return "has " + pattern.length() + " characters; expected 1 to " + MAX_LENGTH;
    }
    var check = new RegexCheck(pattern);
    check.alternatives();
    return check.problem == null && check.at < pattern.length()
        ? "has an unopened )"
        : check.problem;
  }

  /** Whether a pattern without a problem can match the empty string. */
  static boolean matchesNothing(String pattern) {
    var check = new RegexCheck(pattern);
    check.alternatives();
    return check.empty;
  }

  /**
   * Reads up to the closing parenthesis or the end; returns the most repetitions in any
   * alternative.
   */
  private int alternatives() {
    int most = 0;
    int here = 0;
    boolean hereEmpty = true;
    boolean anyEmpty = false;
    while (problem == null && at < pattern.length() && pattern.charAt(at) != ')') {
      if (pattern.charAt(at) == '|') {
        at++;
        here = 0;
        anyEmpty |= hereEmpty;
        hereEmpty = true;
        continue;
      }
      int inside = atom();
      boolean repeated = quantifier();
      hereEmpty &= empty;
      if (repeated && inside > 0) {
        return fail("repeats a repetition and may take forever");
      }
      here += inside + (repeated ? 1 : 0);
      most = Math.max(most, here);
      if (here > MAX_REPEATS) {
        return fail("has more than " + MAX_REPEATS + " repetitions in a row and may take forever");
      }
    }
    empty = anyEmpty || hereEmpty;
    return most;
  }

  private int atom() {
    char c = pattern.charAt(at++);
    empty = c == '^' || c == '$';
    switch (c) {
      case '\\':
        return escape();
      case '[':
        characterClass();
        return 0;
      case '(':
        return group();
      default:
        return 0;
    }
  }

  private int escape() {
    if (at >= pattern.length()) {
      return fail("ends in a backslash");
    }
    char c = pattern.charAt(at++);
    if (c >= '1' && c <= '9' || c == 'k' || c == 'g') {
      return fail("refers back to a group");
    }
    empty = "bBAzZGKyY".indexOf(c) >= 0;
    if ((c == 'p' || c == 'P' || c == 'x') && at < pattern.length() && pattern.charAt(at) == '{') {
      int end = pattern.indexOf('}', at);
      at = end < 0 ? pattern.length() : end + 1;
    }
    return 0;
  }

  private void characterClass() {
    int open = 1;
    boolean first = true;
    while (at < pattern.length() && open > 0) {
      char c = pattern.charAt(at++);
      if (c == '\\') {
        at++;
      } else if (c == '[') {
        open++;
        first = true;
        continue;
      } else if (c == ']' && !first) {
        open--;
      } else if (c == '^' && first) {
        continue;
      }
      first = false;
    }
    if (open > 0) {
      fail("has an unclosed [");
    }
  }

  private int group() {
    if (++depth > MAX_DEPTH) {
      return fail("has groups more than " + MAX_DEPTH + " deep");
    }
    int start = at;
    if (pattern.startsWith("*", at)) {
      return fail("has a callout");
    }
    if (pattern.startsWith("?", at) && !groupKind()) {
      return fail("has a group of a kind that is not supported");
    }
    boolean looksOnly = LOOKS.contains(pattern.substring(start, at));
    int repeats = alternatives();
    empty |= looksOnly;
    if (problem == null && at++ >= pattern.length()) {
      return fail("has an unclosed (");
    }
    depth--;
    return repeats;
  }

  /**
   * Skips {@code ?:}, {@code ?=}, {@code ?!}, {@code ?>}, {@code ?<=}, {@code ?<!}, {@code ?i:}.
   */
  private boolean groupKind() {
    for (String kind : new String[] {"?:", "?=", "?!", "?>", "?<=", "?<!"}) {
      if (pattern.startsWith(kind, at)) {
        at += kind.length();
        return true;
      }
    }
    int i = at + 1;
    while (i < pattern.length() && "ims-".indexOf(pattern.charAt(i)) >= 0) {
      i++;
    }
    if (i < pattern.length()
        && (pattern.charAt(i) == ':' || pattern.charAt(i) == ')')
        && i > at + 1) {
      at = pattern.charAt(i) == ':' ? i + 1 : i;
      return true;
    }
    return false;
  }

  /**
   * Skips a quantifier, greedy, lazy or possessive; returns whether its upper bound is missing or
   * high.
   */
  private boolean quantifier() {
    if (at >= pattern.length()) {
      return false;
    }
    boolean unbounded;
    char c = pattern.charAt(at);
    if (c == '*' || c == '+' || c == '?') {
      at++;
      unbounded = c != '?';
      empty |= c != '+';
    } else if (c == '{' && isCount()) {
      empty |= "0,".indexOf(pattern.charAt(at + 1)) >= 0;
      unbounded = manyTimes();
    } else {
      return false;
    }
    if (at < pattern.length()
        && (pattern.charAt(at) == '?' || pattern.charAt(at) == '+' && c != '{')) {
      at++;
    }
    if (at < pattern.length() && ("*+?".indexOf(pattern.charAt(at)) >= 0 || isCount())) {
      fail("repeats a repetition and may take forever");
    }
    return unbounded;
  }

  private boolean isCount() {
    int end = pattern.indexOf('}', at);
    return pattern.charAt(at) == '{'
        && end > at + 1
        && pattern.substring(at + 1, end).matches("[0-9]*,?[0-9]*");
  }

  private boolean manyTimes() {
    int end = pattern.indexOf('}', at);
    String[] bounds = pattern.substring(at + 1, end).split(",", -1);
    at = end + 1;
    String most = bounds[bounds.length - 1];
    return most.isEmpty() || most.length() > 2 || Integer.parseInt(most) > MAX_COUNT;
  }

  private int fail(String problem) {
    this.problem = this.problem == null ? problem : this.problem;
    return 0;
  }
}
