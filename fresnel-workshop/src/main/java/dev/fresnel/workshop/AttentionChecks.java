package dev.fresnel.workshop;

import dev.fresnel.analysis.AttentionPattern;
import dev.fresnel.hook.Dims;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import dev.fresnel.workshop.Checks.Attention;
import dev.fresnel.workshop.Checks.StrongestKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/** The checks of chapter 2: the cache, and where heads attend. */
final class AttentionChecks {
  private AttentionChecks() {}

  static Verdict attention(Attention method) {
    try (var small = SmallModel.plain();
        var run = small.run(AttentionPattern.plan())) {
      var layers = List.of(AttentionPattern.of(run, 0), AttentionPattern.of(run, 1));
      var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
      mistakes.put(
          "Only one layer is there, and it is layer 1: layers count from 0.",
          () -> patterns(layers.subList(1, 2)));
      mistakes.put(
          "Only the first layer is there: go on to model.layers() - 1.",
          () -> patterns(layers.subList(0, 1)));
      mistakes.put(
          "The layers are in the reverse order: layer 0 comes first.",
          () -> patterns(List.of(layers.get(1), layers.get(0))));
      mistakes.put(
          "Each entry is layer 0: the layer has to be the loop's.",
          () -> patterns(List.of(layers.get(0), layers.get(0))));
      return Judge.judge(
          "attention",
          new Trial(
              "on a model of 2 layers",
              () -> patterns(method.of(small.model(), Tokens.of(SmallModel.TEXT))),
              patterns(layers),
              mistakes));
    }
  }

  private static Answer patterns(List<AttentionPattern> patterns) {
    var cells = new LinkedHashMap<String, Object>();
    int entry = 0;
    for (var pattern : Answer.given(patterns)) {
      String where = "entry " + entry++;
      cells.put(where + ", the layer", (double) pattern.layer());
      float[][][] weights = pattern.weights();
      for (int head = 0; head < weights.length; head++) {
        for (int query = 0; query < weights[head].length; query++) {
          for (int key = 0; key <= query; key++) {
            cells.put(
                "%s, head %d, query %d, key %d".formatted(where, head, query, key),
                (double) weights[head][query][key]);
          }
        }
      }
    }
    return new Answer(Map.of("layer", patterns.size()), cells);
  }

  static Verdict strongestKey(StrongestKey method) {
    int heads = 3;
    int length = 6;
    var random = new Random(5);
    float[] numbers = new float[heads * length * length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i % length <= i / length % length ? random.nextFloat() : 0;
    }
    var trials = new ArrayList<Trial>();
    for (int[] at : new int[][] {{0, 3}, {2, 4}, {1, 5}, {1, 2}, {2, 5}}) {
      int head = at[0];
      int query = at[1];
      var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
      mistakes.put(
          "Query and key are exchanged: this is the query that attends most to this position.",
          () -> key(greatest(numbers, head * length * length + query, length, length)));
      mistakes.put(
          "This counts from 1: positions count from 0.",
          () -> key(1 + greatest(numbers, (head * length + query) * length, 1, length)));
      mistakes.put(
          "The head is ignored: this is head 0's.",
          () -> key(greatest(numbers, query * length, 1, length)));
      mistakes.put(
          "This is the key with the least attention.",
          () -> key(least(numbers, (head * length + query) * length, length)));
      trials.add(
          new Trial(
              "on a pattern of 3 heads and 6 tokens, head %d, query %d".formatted(head, query),
              () -> {
                var shape =
                    Shape.of(Dims.HEAD, heads).and(Dims.QUERY, length).and(Dims.KEY, length);
                return key(method.of(Tensor.of(shape, numbers), head, query));
              },
              key(greatest(numbers, (head * length + query) * length, 1, length)),
              mistakes));
    }
    return Judge.judge("strongest-key", trials);
  }

  private static Answer key(int key) {
    return Answer.of("the key", (double) key);
  }

  private static int greatest(float[] numbers, int from, int step, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      best = numbers[from + i * step] > numbers[from + best * step] ? i : best;
    }
    return best;
  }

  private static int least(float[] numbers, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      best = numbers[from + i] < numbers[from + best] ? i : best;
    }
    return best;
  }
}
