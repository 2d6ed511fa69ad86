package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.KEY;
import static dev.fresnel.hook.Dims.QUERY;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Token;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds the heads that follow a rule about which keys a query attends to. A head's score is its
 * mean attention over the cells (query, key) where the rule holds.
 *
 * <pre>{@code
 * var induction = HeadDetector.induction();
 * try (var run = model.run(model.tokens("one two one two"), induction.plan())) {
 *   induction.score(run).above(0.5);   // the induction heads, strongest first
 * }
 * HeadDetector.of("two-back", (tokens, query, key) -> key == query - 2).score(run);
 * }</pre>
 *
 * @param name what the heads are called
 * @param rule where they should attend
 */
public record HeadDetector(String name, Rule rule) {
  /** Which cells of an attention pattern count. */
  @FunctionalInterface
  public interface Rule {
    /**
     * @param tokens the ids of the text, BOS included, padding left out
     * @param query the position that attends
     * @param key the position that is attended to, at most {@code query}
     */
    boolean holds(int[] tokens, int query, int key);
  }

  /** A rule of one's own. */
  public static HeadDetector of(String name, Rule rule) {
    return new HeadDetector(name, rule);
  }

  /** Heads that attend to the token itself. */
  public static HeadDetector currentToken() {
    return of("current-token", (tokens, query, key) -> key == query);
  }

  /** Heads that attend to the token before. */
  public static HeadDetector previousToken() {
    return of("previous-token", (tokens, query, key) -> key == query - 1);
  }

  /** Heads that attend to the first token of the text; many do where they have nothing to do. */
  public static HeadDetector firstToken() {
    return of("first-token", (tokens, query, key) -> key == 0);
  }

  /** Heads that attend to the latest earlier occurrence of the same token. */
  public static HeadDetector duplicateToken() {
    return of(
        "duplicate-token",
        (tokens, query, key) -> key < query && latestEarlier(tokens, query, key));
  }

  /**
   * Heads that attend to the token after the latest earlier occurrence of the same token: the token
   * that came next last time.
   *
   * <p>Source: Olsson et al. 2022, "In-context Learning and Induction Heads".
   */
  public static HeadDetector induction() {
    return of(
        "induction", (tokens, query, key) -> key >= 1 && latestEarlier(tokens, query, key - 1));
  }

  /** The five above, in that order. */
  public static List<HeadDetector> all() {
    return List.of(currentToken(), previousToken(), firstToken(), duplicateToken(), induction());
  }

  private static boolean latestEarlier(int[] tokens, int query, int earlier) {
    if (earlier >= query || tokens[earlier] != tokens[query]) {
      return false;
    }
    for (int between = earlier + 1; between < query; between++) {
      if (tokens[between] == tokens[query]) {
        return false;
      }
    }
    return true;
  }

  /** What a run has to capture for {@link #score}: every layer's PATTERN. */
  public RunPlan plan() {
    return RunPlan.capture(HookKind.PATTERN);
  }

  /**
   * The mean attention of each head over the cells where the rule holds, in 0..1; in a batch, over
   * the cells of all texts. Run the model with {@link #plan}.
   *
   * @throws FresnelException if the run did not capture PATTERN in every layer and at every
   *     position, or did not read its texts from their first token
   */
  public HeadScores score(Run run) {
    Texts.requireFromTheStart(run);
    var model = run.model();
    double[][] sums = new double[model.layers()][model.heads()];
    long cells = 0;
    for (int text = 0; text < run.tokens().batch(); text++) {
      int padding = run.tokens().padding(text);
      int[] all = run.tokens().ids(text);
      int[] tokens = Arrays.copyOfRange(all, padding, all.length);
      float[] mask = mask(tokens);
      cells += addSums(run, text, padding, mask, sums);
    }
    for (double[] layer : sums) {
      for (int head = 0; head < layer.length; head++) {
        layer[head] = cells == 0 ? Double.NaN : layer[head] / cells;
      }
    }
    return new HeadScores(name, HeadValues.of(sums), cells);
  }

  /**
   * The scores of several detectors on one text: for each, the mean attention of each head over the
   * cells where its rule holds, in 0..1. Each pattern is read once.
   *
   * @param patterns of every layer of a model, in their order
   * @throws FresnelException if there is no pattern
   */
  public static List<HeadScores> scores(
      List<HeadDetector> detectors, List<AttentionPattern> patterns) {
    if (patterns.isEmpty()) {
      throw new FresnelException(
          "scores need at least one attention pattern, got none; give AttentionPatterns.of(run)");
    }
    List<int[]> cells = null;
    double[][][] means = new double[detectors.size()][patterns.size()][];
    int layer = 0;
    for (AttentionPattern pattern : patterns) {
      if (cells == null) {
        int[] tokens = pattern.tokens().stream().mapToInt(Token::id).toArray();
        cells = detectors.stream().map(detector -> detector.cells(tokens)).toList();
      }
      for (int i = 0; i < means.length; i++) {
        means[i][layer] = pattern.means(cells.get(i));
      }
      layer++;
    }
    var scores = new ArrayList<HeadScores>();
    for (int i = 0; i < means.length; i++) {
      scores.add(
          new HeadScores(detectors.get(i).name, HeadValues.of(means[i]), cells.get(i).length));
    }
    return List.copyOf(scores);
  }

  /** The cells where the rule holds, as query times the text's length plus key. */
  private int[] cells(int[] tokens) {
    return IntStream.range(0, tokens.length * tokens.length)
        .filter(cell -> cell % tokens.length <= cell / tokens.length)
        .filter(cell -> rule.holds(tokens, cell / tokens.length, cell % tokens.length))
        .toArray();
  }

  /** 1 where the rule holds, [query][key] in one row. */
  private float[] mask(int[] tokens) {
    float[] mask = new float[tokens.length * tokens.length];
    for (int query = 0; query < tokens.length; query++) {
      for (int key = 0; key <= query; key++) {
        mask[query * tokens.length + key] = rule.holds(tokens, query, key) ? 1 : 0;
      }
    }
    return mask;
  }

  private static long addSums(Run run, int text, int padding, float[] mask, double[][] sums) {
    int length = run.tokens().length();
    try (var scope = Scope.open()) {
      Tensor where = Tensor.of(Shape.of(QUERY, length - padding).and(KEY, length - padding), mask);
      for (int layer = 0; layer < sums.length; layer++) {
        Tensor pattern =
            Captured.whole(run, HookKind.PATTERN.at(layer), "HeadDetector.plan()")
                .select(BATCH, text);
        float[] perHead =
            pattern
                .slice(QUERY, padding, length)
                .slice(KEY, padding, length)
                .dot(where, QUERY, KEY)
                .floats();
        for (int head = 0; head < perHead.length; head++) {
          sums[layer][head] += perHead[head];
        }
      }
    }
    long cells = 0;
    for (float cell : mask) {
      cells += (long) cell;
    }
    return cells;
  }

  @Override
  public String toString() {
    return "HeadDetector " + name;
  }
}
