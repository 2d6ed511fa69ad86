package dev.fresnel.workshop;

import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KEY;
import static dev.fresnel.hook.Dims.QUERY;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.fresnel.analysis.HeadDetector;
import dev.fresnel.analysis.HeadValues;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.provider.Arguments;

/** Wrong solutions of chapters 3 and 6. */
final class DetectorMistakes {
  private DetectorMistakes() {}

  private static double[] average(Tensor pattern, Cells cells, boolean exchanged, int divisor) {
    double[] averages = new double[(int) pattern.size(HEAD)];
    for (int head = 0; head < averages.length; head++) {
      int count = 0;
      for (int query = 0; query < pattern.size(QUERY); query++) {
        for (int key = 0; key < pattern.size(KEY); key++) {
          if (exchanged ? cells.count(key, query) : cells.count(query, key)) {
            averages[head] +=
                pattern.select(HEAD, head).select(QUERY, query).select(KEY, key).item();
            count++;
          }
        }
      }
      averages[head] /= divisor == 0 ? count : divisor;
    }
    return averages;
  }

  private static List<String> labels(
      double[][] scores, double threshold, int firstLayer, int firstHead) {
    var labels = new ArrayList<String>();
    for (int layer = 0; layer < scores.length; layer++) {
      for (int head = 0; head < scores[layer].length; head++) {
        if (scores[layer][head] > threshold) {
          labels.add("L" + (layer + firstLayer) + "H" + (head + firstHead));
        }
      }
    }
    return labels;
  }

  private static double[][] negative(double[][] scores) {
    return Arrays.stream(scores)
        .map(row -> Arrays.stream(row).map(each -> -each).toArray())
        .toArray(double[][]::new);
  }

  private static Map<String, List<String>> report(
      Run run, double threshold, HeadDetector last, int firstLayer) {
    var report = new LinkedHashMap<String, List<String>>();
    var detectors =
        List.of(
            HeadDetector.currentToken(),
            HeadDetector.previousToken(),
            HeadDetector.firstToken(),
            last);
    for (int i = 0; i < 4; i++) {
      double[][] scores = detectors.get(i).score(run).values().toArray();
      report.put(DetectorChecks.RULES.get(i), labels(scores, threshold, firstLayer, 0));
    }
    return report;
  }

  static List<Arguments> detectors() {
    return List.of(
        arguments(
            "average-over-condition",
            Checks.averageOverCondition((pattern, cells) -> average(pattern, cells, false, 35)),
            "averages over the whole matrix"),
        arguments(
            "average-over-condition",
            Checks.averageOverCondition((pattern, cells) -> average(pattern, cells, true, 0)),
            "Query and key are exchanged"),
        arguments(
            "average-over-condition",
            Checks.averageOverCondition((pattern, cells) -> average(pattern, cells, false, 1)),
            "This is the sum"),
        arguments(
            "average-over-condition",
            Checks.averageOverCondition(
                (pattern, cells) -> average(pattern, (q, k) -> true, false, 0)),
            "The condition is ignored"),
        arguments(
            "average-over-condition",
            Checks.averageOverCondition((pattern, cells) -> average(pattern, cells, false, 5)),
            "divides by the number of queries"),
        arguments(
            "average-over-condition",
            Checks.averageOverCondition((pattern, cells) -> new double[5]),
            "dimension head: expected size 4, got 5, which is the size of query"),
        arguments(
            "heads-over-threshold",
            Checks.headsOverThreshold((scores, t) -> labels(negative(scores), -t, 0, 0)),
            "The threshold's wrong side"),
        arguments(
            "heads-over-threshold",
            Checks.headsOverThreshold((scores, t) -> labels(scores, Math.nextDown(t), 0, 0)),
            "use >, not >="),
        arguments(
            "heads-over-threshold",
            Checks.headsOverThreshold((scores, t) -> labels(scores, t, 1, 0)),
            "Layers are counted from 1"),
        arguments(
            "heads-over-threshold",
            Checks.headsOverThreshold((scores, t) -> labels(scores, t, 0, 1)),
            "Heads are counted from 1"),
        arguments(
            "heads-over-threshold",
            Checks.headsOverThreshold(
                (scores, t) ->
                    labels(scores, t, 0, 0).stream()
                        .map(l -> "L" + l.charAt(3) + "H" + l.charAt(1))
                        .toList()),
            "Layer and head are exchanged"),
        arguments(
            "head-report",
            Checks.headReport((run, t) -> report(run, t, HeadDetector.duplicateToken(), 0)),
            "off by one"),
        arguments(
            "head-report",
            Checks.headReport((run, t) -> report(run, t, HeadDetector.induction(), 1)),
            "Layers are counted from 1"),
        arguments(
            "head-report",
            Checks.headReport((run, t) -> report(run, 0.35, HeadDetector.induction(), 0)),
            "The threshold is ignored"),
        arguments(
            "head-report",
            Checks.headReport((run, t) -> report(run, 9, HeadDetector.induction(), 0)),
            "Check first that these pass: averageOverCondition, headsOverThreshold"));
  }

  private static int[] occurrences(int[] tokens, boolean first, int none, int plus) {
    int[] found = new int[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      found[i] = none;
      for (int j = 0; j < i; j++) {
        if (tokens[j] == tokens[i]) {
          found[i] = j + plus;
          if (first) {
            break;
          }
        }
      }
    }
    return found;
  }

  private static Cells after(int[] earlier, int offset) {
    return (query, key) -> earlier[query] >= 0 && key == earlier[query] + offset;
  }

  static List<Arguments> rules() {
    return List.of(
        arguments(
            "is-current-token",
            Checks.isCurrentToken((q, k) -> k == q - 1),
            "This is the token before"),
        arguments(
            "is-current-token",
            Checks.isCurrentToken((q, k) -> k <= q),
            "Any earlier token counts"),
        arguments("is-current-token", Checks.isCurrentToken((q, k) -> k != q), "use =="),
        arguments(
            "is-previous-token",
            Checks.isPreviousToken((q, k) -> q == k - 1),
            "Query and key are exchanged"),
        arguments(
            "is-previous-token",
            Checks.isPreviousToken((q, k) -> q == k),
            "Off by one: this is the current"),
        arguments(
            "is-previous-token",
            Checks.isPreviousToken((q, k) -> k + 2 == q),
            "before the previous one"),
        arguments(
            "is-previous-token", Checks.isPreviousToken((q, k) -> k < q), "All earlier tokens"),
        arguments(
            "is-previous-token",
            Checks.isPreviousToken((q, k) -> Math.abs(q - k) == 1),
            "Both neighbours count"),
        arguments(
            "is-first-token", Checks.isFirstToken((q, k) -> q == 0), "Query and key are exchanged"),
        arguments("is-first-token", Checks.isFirstToken((q, k) -> k == 1), "Off by one"),
        arguments(
            "is-first-token",
            Checks.isFirstToken((q, k) -> k == 0 && q != 0),
            "The first query is left out"),
        arguments(
            "last-occurrence",
            Checks.lastOccurrence(t -> occurrences(t, true, -1, 0)),
            "first occurrence instead of the last"),
        arguments(
            "last-occurrence",
            Checks.lastOccurrence(t -> IntStream.range(0, t.length).toArray()),
            "Each token finds itself"),
        arguments(
            "last-occurrence",
            Checks.lastOccurrence(t -> occurrences(t, false, 0, 0)),
            "is -1, not 0"),
        arguments(
            "last-occurrence",
            Checks.lastOccurrence(t -> occurrences(t, false, -1, 1)),
            "Off by one"),
        arguments(
            "induction-cells",
            Checks.inductionCells((t, off) -> after(occurrences(t, false, -1, 0), 0)),
            "the token after the earlier occurrence is never taken"),
        arguments(
            "induction-cells",
            Checks.inductionCells((t, off) -> after(occurrences(t, false, -1, 0), off ? 0 : 1)),
            "the other way round"),
        arguments(
            "induction-cells",
            Checks.inductionCells((t, off) -> after(occurrences(t, true, -1, 0), off ? 1 : 0)),
            "first occurrence instead of the last"),
        arguments(
            "induction-cells",
            Checks.inductionCells(
                (t, off) -> (q, k) -> k == occurrences(t, false, -1, 0)[q] + (off ? 1 : 0)),
            "for them no key does"),
        arguments(
            "induction-cells",
            Checks.inductionCells(
                (t, off) ->
                    (q, k) ->
                        k - (off ? 1 : 0) >= 0
                            && k - (off ? 1 : 0) < q
                            && t[k - (off ? 1 : 0)] == t[q]),
            "only the latest may"),
        arguments(
            "induction-cells",
            Checks.inductionCells((t, off) -> after(occurrences(t, false, -1, 0), off ? -1 : 0)),
            "in the other direction"),
        arguments(
            "induction-cells",
            Checks.inductionCells((t, off) -> after(occurrences(t, false, -1, 1), off ? 2 : 1)),
            "in what it calls. Check first that these pass: lastOccurrence."));
  }

  private static List<String> ranked(double[][] scores, int count) {
    return HeadValues.of(scores).ranked().subList(0, count).stream()
        .map(each -> each.head().label())
        .toList();
  }

  static List<Arguments> lists() {
    return List.of(
        arguments(
            "strongest-heads",
            Checks.strongestHeads((scores, count) -> ranked(negative(scores), count)),
            "These are the weakest"),
        arguments(
            "strongest-heads",
            Checks.strongestHeads(
                (scores, count) ->
                    ranked(
                        Arrays.stream(scores)
                            .map(row -> Arrays.stream(row).map(Math::abs).toArray())
                            .toArray(double[][]::new),
                        count)),
            "The sign is lost"),
        arguments(
            "strongest-heads",
            Checks.strongestHeads((scores, count) -> ranked(scores, count - 1)),
            "One is missing"),
        arguments(
            "strongest-heads",
            Checks.strongestHeads((scores, count) -> ranked(scores, count + 1)),
            "One too many"),
        arguments(
            "strongest-heads",
            Checks.strongestHeads(
                (scores, count) ->
                    ranked(scores, count).stream()
                        .map(l -> "L" + (l.charAt(1) - '0' + 1) + l.substring(2))
                        .toList()),
            "Layers are counted from 1"),
        arguments(
            "strongest-heads",
            Checks.strongestHeads((scores, count) -> labels(scores, -9, 0, 0).subList(0, count)),
            "sort by score"));
  }
}
