package dev.fresnel.text;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Proves that a regular expression takes time in proportion to the text, or finds no proof. The
 * native code tries a pattern from each character on, goes back to every choice when it fails, and
 * ends the process after ten million retries of one match.
 *
 * <p>Two rules make the proof. First, the choices of one attempt are counted (each {@code ?}, count
 * and alternative), and their number is limited. Second, nothing may fail after a repetition
 * without upper limit: then an attempt that reaches one succeeds, and the next begins behind what
 * it took. {@link KnownPatterns} lists published patterns that need no proof.
 */
final class RegexCheck {
  /** Characters in a pattern; the longest published one has 600. */
  private static final int MAX_LENGTH = 4_096;

  /** Groups inside groups. */
  private static final int MAX_DEPTH = 16;

  /**
   * Choices of an attempt times the most characters it may read before a repetition without limit.
   * The provable patterns that we know of need less than 100.
   */
  private static final long MAX_WORK = 512;

  private static final Set<String> LOOKS = Set.of("?=", "?!", "?<=", "?<!");

  private final String pattern;
  private int at;
  private int depth;
  private @Nullable String problem;

  private RegexCheck(String pattern) {
    this.pattern = pattern;
  }

  /**
   * What is known about a part of a pattern.
   *
   * @param choices the most ways to match it from one place, repetitions without limit aside
   * @param length the most characters it reads, repetitions without limit aside
   * @param unbounded whether it has a repetition without limit
   * @param empty whether it can match nothing
   * @param asserts whether it has an anchor or a look-around, which may fail though nothing is read
   */
  private record Part(
      long choices, long length, boolean unbounded, boolean empty, boolean asserts) {
    static final Part NOTHING = new Part(1, 0, false, true, false);
    static final Part CHARACTER = new Part(1, 1, false, false, false);
    static final Part ANCHOR = new Part(1, 0, false, true, true);

    boolean mayFail() {
      return !empty || asserts;
    }

    Part then(Part next) {
      return new Part(
          limited(choices * next.choices),
          limited(length + next.length),
          unbounded || next.unbounded,
          empty && next.empty,
          asserts || next.asserts);
    }

    Part or(Part other) {
      return new Part(
          limited(choices + other.choices),
          Math.max(length, other.length),
          unbounded || other.unbounded,
          empty || other.empty,
          asserts || other.asserts);
    }

    private static long limited(long count) {
      return Math.min(count, MAX_WORK + 1);
    }
  }

  /** The problem, worded to follow "the pattern"; null if there is none. */
  static @Nullable String problem(String pattern) {
    if (pattern.isEmpty() || pattern.length() > MAX_LENGTH) {
      return "has " + pattern.length() + " characters; expected 1 to " + MAX_LENGTH;
    }
    var check = new RegexCheck(pattern);
    Part whole = check.alternatives();
    if (check.problem != null) {
      return check.problem;
    }
    if (check.at < pattern.length()) {
      return "has an unopened )";
    }
    return whole.choices * Math.max(1, whole.length) > MAX_WORK
        ? "has too many choices and may take forever"
        : null;
  }

  /** Whether a pattern without a problem can match the empty string. */
  static boolean matchesNothing(String pattern) {
    return new RegexCheck(pattern).alternatives().empty;
  }

  /** Reads up to the closing parenthesis or the end. */
  private Part alternatives() {
    Part all = null;
    Part here = Part.NOTHING;
    while (problem == null && at < pattern.length() && pattern.charAt(at) != ')') {
      if (pattern.charAt(at) == '|') {
        at++;
        all = all == null ? here : all.or(here);
        here = Part.NOTHING;
        continue;
      }
      Part next = quantified(atom());
      if (here.unbounded && next.mayFail()) {
        return fail("may fail after a repetition, then try again from each character");
      }
      here = here.then(next);
    }
    return all == null ? here : all.or(here);
  }

  private Part atom() {
    char c = pattern.charAt(at++);
    return switch (c) {
      case '\\' -> escape();
      case '[' -> characterClass();
      case '(' -> group();
      case '^', '$' -> Part.ANCHOR;
      case '*', '+', '?' -> fail("repeats nothing, or a repetition");
      default -> Part.CHARACTER;
    };
  }

  private Part escape() {
    if (at >= pattern.length()) {
      return fail("ends in a backslash");
    }
    char c = pattern.charAt(at++);
    if (c >= '1' && c <= '9' || c == 'k' || c == 'g') {
      return fail("refers back to a group");
    }
    if ("bBAzZG".indexOf(c) >= 0) {
      return Part.ANCHOR;
    }
    if (Character.isLetter(c) && "pPxwWsSdDhHrntfvae".indexOf(c) < 0) {
      return fail("has \\" + c + ", which is not supported");
    }
    if ((c == 'p' || c == 'P' || c == 'x') && at < pattern.length() && pattern.charAt(at) == '{') {
      int end = pattern.indexOf('}', at);
      at = end < 0 ? pattern.length() : end + 1;
    }
    return Part.CHARACTER;
  }

  private Part characterClass() {
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
    return open > 0 || at > pattern.length() ? fail("has an unclosed [") : Part.CHARACTER;
  }

  private Part group() {
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
    boolean looks = LOOKS.contains(pattern.substring(start, at));
    Part inside = alternatives();
    if (problem == null && at++ >= pattern.length()) {
      return fail("has an unclosed (");
    }
    depth--;
    if (looks && inside.unbounded) {
      return fail("looks ahead without limit");
    }
    return looks ? new Part(inside.choices, inside.length, false, true, true) : inside;
  }

  /**
   * Skips {@code ?:}, {@code ?=}, {@code ?!}, {@code ?>}, {@code ?<=}, {@code ?<!}, {@code ?i:};
   * and {@code ?i)} at the pattern's start, where it holds for the whole.
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
    if (i == at + 1 || i >= pattern.length()) {
      return false;
    }
    boolean whole = pattern.charAt(i) == ')' && at == 1;
    if (pattern.charAt(i) != ':' && !whole) {
      return false;
    }
    at = whole ? i : i + 1;
    return true;
  }

  /** Reads a quantifier, greedy, lazy or possessive, if there is one. */
  private Part quantified(Part part) {
    if (problem != null || at >= pattern.length()) {
      return part;
    }
    char c = pattern.charAt(at);
    int least = c == '+' ? 1 : 0;
    int most = c == '?' ? 1 : Integer.MAX_VALUE;
    if (c == '{' && isCount()) {
      int end = pattern.indexOf('}', at);
      String[] bounds = pattern.substring(at + 1, end).split(",", -1);
      least = count(bounds[0], 0);
      most = count(bounds[bounds.length - 1], Integer.MAX_VALUE);
      at = end + 1;
    } else if (c == '*' || c == '+' || c == '?') {
      at++;
    } else {
      return part;
    }
    if (at < pattern.length() && (pattern.charAt(at) == '?' || pattern.charAt(at) == '+')) {
      if (c == '{') {
        return fail("has a ? or + behind a count");
      }
      at++;
    }
    if (at < pattern.length() && ("*+?".indexOf(pattern.charAt(at)) >= 0 || isCount())) {
      return fail("repeats a repetition and may take forever");
    }
    return most < least ? fail("counts backwards") : repeated(part, least, most);
  }

  private Part repeated(Part part, int least, int most) {
    boolean empty = part.empty || least == 0;
    if (most == 1 && least <= 1) {
      // No choice is left inside once nothing was taken, so an optional part may be unbounded.
      long choices = part.choices + (least == 0 ? 1 : 0);
      return new Part(choices, part.length, part.unbounded, empty, part.asserts && least == 1);
    }
    if (part.unbounded) {
      return fail("repeats a repetition and may take forever");
    }
    if (most == Integer.MAX_VALUE) {
      if (part.empty) {
        return fail("repeats what may be nothing");
      }
      // What comes before the repetition's end cannot fail once the least number was read.
      return power(part, least, least).then(new Part(1, part.length, true, true, false));
    }
    return power(part, least, most);
  }

  private Part power(Part part, int least, int most) {
    long choices = 0;
    long product = 1;
    for (int times = 0; times <= most && choices <= MAX_WORK; times++) {
      choices += times >= least ? product : 0;
      product = Part.limited(product * part.choices);
    }
    return new Part(
        Part.limited(choices),
        Part.limited((long) most * part.length),
        false,
        part.empty || least == 0,
        part.asserts);
  }

  private static int count(String digits, int otherwise) {
    return digits.isEmpty()
        ? otherwise
        : digits.length() > 6 ? 1_000_000 : Integer.parseInt(digits);
  }

  private boolean isCount() {
    int end = pattern.indexOf('}', at);
    return pattern.charAt(at) == '{'
        && end > at + 1
        && pattern.substring(at + 1, end).matches("[0-9]*,?[0-9]*");
  }

  private Part fail(String problem) {
    this.problem = this.problem == null ? problem : this.problem;
    return Part.NOTHING;
  }
}
