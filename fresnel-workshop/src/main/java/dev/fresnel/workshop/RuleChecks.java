package dev.fresnel.workshop;

import dev.fresnel.workshop.Checks.InductionCells;
import dev.fresnel.workshop.Checks.LastOccurrence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The checks of chapter 3's rules: which cells of a pattern count. */
final class RuleChecks {
  private static final int LENGTH = 6;

  private RuleChecks() {}

  static Verdict isCurrentToken(Cells method) {
    return rule(
        "is-current-token",
        method,
        (query, key) -> key == query,
        Map.of(
            "This is the token before: the current token's key equals the query.",
            (query, key) -> key == query - 1,
            "Any earlier token counts here: only the query's own position may.",
            (query, key) -> key <= query,
            "This is everything but the current token: use ==.",
            (query, key) -> key != query));
  }

  static Verdict isPreviousToken(Cells method) {
    return rule(
        "is-previous-token",
        method,
        (query, key) -> key == query - 1,
        Map.of(
            "Query and key are exchanged: the key lies before the query, so key + 1 == query.",
            (query, key) -> key - 1 == query,
            "Off by one: this is the current token.",
            (query, key) -> key == query,
            "Off by one: this is the token before the previous one.",
            (query, key) -> key == query - 2,
            "All earlier tokens count here: only the one just before may.",
            (query, key) -> key < query,
            "Both neighbours count here: only the token just before may, not the one after.",
            (query, key) -> Math.abs(key - query) == 1));
  }

  static Verdict isFirstToken(Cells method) {
    return rule(
        "is-first-token",
        method,
        (query, key) -> key == 0,
        Map.of(
            "Query and key are exchanged: it is the key that is the first token.",
            (query, key) -> query == 0,
            "Off by one: positions count from 0, so the first token's key is 0.",
            (query, key) -> key == 1,
            "The first query is left out: it attends to the first token too.",
            (query, key) -> key == 0 && query > 0));
  }

  private static Verdict rule(
      String exercise, Cells method, Cells right, Map<String, Cells> mistaken) {
    var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
    mistaken.forEach(
        (name, cells) -> mistakes.put(name, () -> Answer.square(cells, LENGTH, false)));
    return Judge.judge(
        exercise,
        new Trial(
            "on a text of 6 tokens",
            () -> Answer.square(method, LENGTH, false),
            Answer.square(right, LENGTH, false),
            mistakes));
  }

  /** Texts in which tokens come once, twice and three times. */
  private static final List<int[]> TEXTS =
      List.of(new int[] {0, 3, 5, 3, 5, 3, 8}, new int[] {0, 2, 2, 2, 7, 1, 7});

  static Verdict lastOccurrence(LastOccurrence method) {
    var trials = new ArrayList<Trial>();
    for (int[] text : TEXTS) {
      var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
      mistakes.put(
          "This is the first occurrence instead of the last: tokens that come three times show it.",
          () -> Answer.row("position", earlier(text, true, 0)));
      mistakes.put(
          "Each token finds itself: note its position only after looking it up.",
          () -> Answer.row("position", itself(text)));
      mistakes.put(
          "Where there is no earlier occurrence the answer is -1, not 0.",
          () -> Answer.row("position", zeroForNone(text)));
      mistakes.put(
          "Off by one: return the position of the earlier occurrence, not the one after it.",
          () -> Answer.row("position", earlier(text, false, 1)));
      trials.add(
          new Trial(
              "on the tokens " + java.util.Arrays.toString(text),
              () -> Answer.row("position", method.of(text.clone())),
              Answer.row("position", earlier(text, false, 0)),
              mistakes));
    }
    return Judge.judge("last-occurrence", trials);
  }

  private static int[] earlier(int[] tokens, boolean first, int plus) {
    int[] found = new int[tokens.length];
    for (int query = 0; query < tokens.length; query++) {
      found[query] = -1;
      for (int key = 0; key < query; key++) {
        if (tokens[key] == tokens[query] && (!first || found[query] < 0)) {
          found[query] = key + plus;
        }
      }
    }
    return found;
  }

  private static int[] itself(int[] tokens) {
    int[] found = new int[tokens.length];
    for (int i = 0; i < found.length; i++) {
      found[i] = i;
    }
    return found;
  }

  private static int[] zeroForNone(int[] tokens) {
    int[] found = earlier(tokens, false, 0);
    for (int i = 0; i < found.length; i++) {
      found[i] = Math.max(0, found[i]);
    }
    return found;
  }

  /** The cells whose key is so far behind the latest earlier occurrence of the query's token. */
  static Cells induction(int[] tokens, int offset) {
    int[] earlier = earlier(tokens, false, 0);
    return (query, key) -> earlier[query] >= 0 && key == earlier[query] + offset;
  }

  static Verdict inductionCells(InductionCells method) {
    var trials = new ArrayList<Trial>();
    for (int[] text : TEXTS) {
      for (boolean offByOne : new boolean[] {true, false}) {
        trials.add(induction(method, text, offByOne));
      }
    }
    return Judge.judge("induction-cells", trials, "lastOccurrence");
  }

  private static Trial induction(InductionCells method, int[] text, boolean offByOne) {
    int offset = offByOne ? 1 : 0;
    int[] first = earlier(text, true, 0);
    var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
    mistakes.put(
        "offByOne is the other way round: with it the key is the token after the earlier"
            + " occurrence.",
        () -> square(induction(text, 1 - offset), text));
    mistakes.put(
        "Off by one: the token after the earlier occurrence is never taken. With offByOne, add 1 to"
            + " the key.",
        () -> square(induction(text, 0), text));
    mistakes.put(
        "offByOne is ignored: without it the key is the earlier occurrence itself.",
        () -> square(induction(text, 1), text));
    mistakes.put(
        "Off by one in the other direction: this is the token before the earlier occurrence.",
        () -> square(induction(text, -offset), text));
    mistakes.put(
        "This is the first occurrence instead of the last.",
        () -> square((query, key) -> first[query] >= 0 && key == first[query] + offset, text));
    mistakes.put(
        "All earlier occurrences count here: only the latest may.",
        () ->
            square(
                (query, key) ->
                    key - offset >= 0 && key - offset < query && text[key - offset] == text[query],
                text));
    mistakes.put(
        "Tokens without an earlier occurrence count too: for them no key does.",
        () -> square((query, key) -> key == earlier(text, false, 0)[query] + offset, text));
    return new Trial(
        "on the tokens %s with offByOne %s".formatted(java.util.Arrays.toString(text), offByOne),
        () -> square(Answer.given(method.of(text.clone(), offByOne)), text),
        square(induction(text, offset), text),
        mistakes);
  }

  private static Answer square(Cells cells, int[] text) {
    return Answer.square(cells, text.length, true);
  }
}
