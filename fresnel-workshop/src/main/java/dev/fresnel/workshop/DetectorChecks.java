package dev.fresnel.workshop;

import dev.fresnel.hook.Dims;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.workshop.Checks.Average;
import dev.fresnel.workshop.Checks.HeadReport;
import dev.fresnel.workshop.Checks.OverThreshold;
import dev.fresnel.workshop.Checks.StrongestHeads;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoublePredicate;
import java.util.function.Supplier;

/** The checks of chapters 3 and 6: averages over cells, and lists of heads. */
final class DetectorChecks {
  private static final int HEADS = 4;
  private static final int QUERIES = 5;
  private static final int KEYS = 7;

  private DetectorChecks() {}

  static Verdict averageOverCondition(Average method) {
    var random = new Random(3);
    float[] numbers = new float[HEADS * QUERIES * KEYS];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = random.nextFloat();
    }
    Map<String, Cells> conditions = new LinkedHashMap<>();
    conditions.put("key == query", (query, key) -> key == query);
    conditions.put("key == query - 1", (query, key) -> key == query - 1);
    conditions.put("key > query + 1", (query, key) -> key > query + 1);
    var trials = new ArrayList<Trial>();
    conditions.forEach((name, cells) -> trials.add(average(method, numbers, name, cells)));
    return Judge.judge("average-over-condition", trials);
  }

  private static Trial average(Average method, float[] numbers, String name, Cells cells) {
    var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
    mistakes.put(
        "This averages over the whole matrix: divide by the number of cells that count, not by"
            + " all.",
        () -> mean(numbers, cells, false, HEADS, QUERIES * KEYS));
    mistakes.put(
        "Query and key are exchanged: the condition takes the query first, and in the pattern the"
            + " query is the row.",
        () -> mean(numbers, cells, true, HEADS, 0));
    mistakes.put(
        "This is the sum: divide by the number of cells that count.",
        () -> mean(numbers, cells, false, HEADS, 1));
    mistakes.put(
        "The condition is ignored: this is the average of all cells.",
        () -> mean(numbers, (query, key) -> true, false, HEADS, 0));
    mistakes.put(
        "This divides by the number of queries: divide by the number of cells that count.",
        () -> mean(numbers, cells, false, HEADS, QUERIES));
    mistakes.put(
        "All heads are averaged together: each has an average of its own.",
        () -> together(numbers, cells));
    return new Trial(
        "on a pattern of %d heads, %d queries and %d keys, where %s"
            .formatted(HEADS, QUERIES, KEYS, name),
        () -> {
          var shape = Shape.of(Dims.HEAD, HEADS).and(Dims.QUERY, QUERIES).and(Dims.KEY, KEYS);
          return Answer.row("head", method.of(Tensor.of(shape, numbers), cells));
        },
        mean(numbers, cells, false, HEADS, 0),
        mistakes,
        Map.of("query", QUERIES, "key", KEYS));
  }

  /**
   * @param divisor 0 for the number of cells that count
   */
  private static Answer mean(
      float[] numbers, Cells cells, boolean exchanged, int heads, int divisor) {
    double[] means = new double[heads];
    for (int head = 0; head < heads; head++) {
      double sum = 0;
      int count = 0;
      for (int query = 0; query < QUERIES; query++) {
        for (int key = 0; key < KEYS; key++) {
          if (exchanged ? cells.count(key, query) : cells.count(query, key)) {
            sum += numbers[(head * QUERIES + query) * KEYS + key];
            count++;
          }
        }
      }
      means[head] = sum / (divisor == 0 ? count : divisor);
    }
    return Answer.row("head", means);
  }

  private static Answer together(float[] numbers, Cells cells) {
    double sum = 0;
    for (Object mean : mean(numbers, cells, false, HEADS, 0).cells().values()) {
      sum += (Double) mean / HEADS;
    }
    return Answer.row("head", new double[] {sum, sum, sum, sum});
  }

  /** Three layers of four heads; one score is the threshold itself. */
  private static final double[][] SCORES = {
    {0.11, 0.72, 0.05, 0.35}, {0.34, 0.36, 0.91, 0.02}, {0.48, 0.01, -0.95, 0.2}
  };

  static Verdict headsOverThreshold(OverThreshold method) {
    var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
    mistakes.put(
        "The threshold's wrong side: these are the heads below it.",
        () -> over(score -> score < 0.35, 0, 0, false));
    mistakes.put(
        "A score that equals the threshold is not over it: use >, not >=.",
        () -> over(score -> score >= 0.35, 0, 0, false));
    mistakes.put(
        "Layers are counted from 1: the first layer is layer 0. (The original workshop counts from"
            + " 1 here.)",
        () -> over(score -> score > 0.35, 1, 0, false));
    mistakes.put(
        "Heads are counted from 1: the first head is head 0.",
        () -> over(score -> score > 0.35, 0, 1, false));
    mistakes.put(
        "Layers and heads are counted from 1: both count from 0.",
        () -> over(score -> score > 0.35, 1, 1, false));
    mistakes.put(
        "Layer and head are exchanged: a label is L, the layer, H, the head.",
        () -> over(score -> score > 0.35, 0, 0, true));
    mistakes.put(
        "All heads are there: the threshold is ignored.", () -> over(s -> true, 0, 0, false));
    return Judge.judge(
        "heads-over-threshold",
        new Trial(
            "on 3 layers of 4 heads, threshold 0.35",
            () -> Answer.list("entry", method.of(copy(SCORES), 0.35)),
            over(score -> score > 0.35, 0, 0, false),
            mistakes));
  }

  private static double[][] copy(double[][] values) {
    return java.util.Arrays.stream(values).map(double[]::clone).toArray(double[][]::new);
  }

  private static Answer over(
      DoublePredicate counts, int firstLayer, int firstHead, boolean exchanged) {
    var found = new ArrayList<String>();
    for (int layer = 0; layer < SCORES.length; layer++) {
      for (int head = 0; head < SCORES[layer].length; head++) {
        if (counts.test(SCORES[layer][head])) {
          int first = firstLayer + (exchanged ? head : layer);
          int second = firstHead + (exchanged ? layer : head);
          found.add("L" + first + "H" + second);
        }
      }
    }
    return Answer.list("entry", found);
  }

  static Verdict strongestHeads(StrongestHeads method) {
    var trials = new ArrayList<Trial>();
    for (int count : List.of(3, 5)) {
      var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
      mistakes.put(
          "These are the weakest heads: the greatest score comes first.",
          () -> ranked(Comparator.comparingDouble(DetectorChecks::score), count, 0));
      mistakes.put(
          "The sign is lost: a head that lowers the logit is not a strong one here.",
          () -> ranked(Comparator.comparingDouble(head -> -Math.abs(score(head))), count, 0));
      mistakes.put(
          "Layers are counted from 1: the first layer is layer 0.",
          () -> ranked(Comparator.comparingDouble(head -> -score(head)), count, 1));
      mistakes.put(
          "One is missing: return as many as were asked for.",
          () -> ranked(Comparator.comparingDouble(head -> -score(head)), count - 1, 0));
      mistakes.put(
          "One too many: return as many as were asked for.",
          () -> ranked(Comparator.comparingDouble(head -> -score(head)), count + 1, 0));
      mistakes.put(
          "These are the first heads of the model: sort by score.",
          () -> ranked(Comparator.comparingInt(head -> 0), count, 0));
      trials.add(
          new Trial(
              "on 3 layers of 4 heads, the strongest " + count,
              () -> Answer.list("entry", method.of(copy(SCORES), count)),
              ranked(Comparator.comparingDouble(head -> -score(head)), count, 0),
              mistakes));
    }
    return Judge.judge("strongest-heads", trials);
  }

  private static double score(int head) {
    return SCORES[head / 4][head % 4];
  }

  private static Answer ranked(Comparator<Integer> order, int count, int firstLayer) {
    var heads = new ArrayList<Integer>();
    for (int head = 0; head < 12; head++) {
      heads.add(head);
    }
    heads.sort(order);
    return Answer.list(
        "entry",
        heads.subList(0, count).stream()
            .map(head -> "L" + (firstLayer + head / 4) + "H" + head % 4)
            .toList());
  }

  static Verdict headReport(HeadReport method) {
    try (var small = SmallModel.plain();
        var run = small.run(RunPlan.capture(HookKind.PATTERN))) {
      double[][] patterns = new double[SmallModel.LAYERS][];
      for (int layer = 0; layer < SmallModel.LAYERS; layer++) {
        patterns[layer] = Answer.numbers(run.cache().get(HookKind.PATTERN, layer));
      }
      double threshold = 0.2;
      var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
      mistakes.put(
          "The list “induction” is off by one: it holds the heads that attend to the earlier"
              + " occurrence itself, not to the token after it.",
          () -> report(patterns, threshold, 0, 0));
      mistakes.put(
          "Layers are counted from 1: the first layer is layer 0.",
          () -> report(patterns, threshold, 1, 1));
      mistakes.put(
          "The threshold's wrong side: these are the heads below it.",
          () -> report(patterns, -threshold, 1, 0));
      mistakes.put(
          "The threshold is ignored: these are the heads over 0.35.",
          () -> report(patterns, 0.35, 1, 0));
      var report =
          new Trial(
              "on a model of 2 layers of 3 heads, threshold 0.2",
              () -> listed(Answer.given(method.of(run, threshold))),
              report(patterns, threshold, 1, 0),
              mistakes);
      return Judge.judge(
          "head-report", List.of(report), "averageOverCondition, headsOverThreshold and the rules");
    }
  }

  /** The rules, by the name that a report gives them. */
  static final List<String> RULES =
      List.of("current token", "previous token", "first token", "induction");

  private static Answer listed(Map<String, List<String>> report) {
    var parts = new LinkedHashMap<String, Answer>();
    for (String rule : RULES) {
      var heads = report.get(rule);
      parts.put(
          "“" + rule + "”",
          Answer.of("the heads", heads == null ? "no such list" : String.join(" ", heads)));
    }
    return Answer.all(parts);
  }

  private static Answer report(double[][] patterns, double threshold, int offset, int firstLayer) {
    var rules =
        List.<Cells>of(
            (query, key) -> key == query,
            (query, key) -> key == query - 1,
            (query, key) -> key == 0,
            RuleChecks.induction(SmallModel.TEXT, offset));
    var found = new LinkedHashMap<String, List<String>>();
    int length = SmallModel.TEXT.length;
    for (int rule = 0; rule < RULES.size(); rule++) {
      var heads = new ArrayList<String>();
      for (int layer = 0; layer < patterns.length; layer++) {
        for (int head = 0; head < SmallModel.HEADS; head++) {
          double sum = 0;
          int count = 0;
          for (int query = 0; query < length; query++) {
            for (int key = 0; key <= query; key++) {
              if (rules.get(rule).count(query, key)) {
                sum += patterns[layer][(head * length + query) * length + key];
                count++;
              }
            }
          }
          boolean over = threshold > 0 ? sum / count > threshold : sum / count < -threshold;
          if (over) {
            heads.add("L" + (layer + firstLayer) + "H" + head);
          }
        }
      }
      found.put(RULES.get(rule), heads);
    }
    return listed(found);
  }
}
