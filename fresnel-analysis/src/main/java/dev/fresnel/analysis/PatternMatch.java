package dev.fresnel.analysis;

import static dev.fresnel.hook.Dims.BATCH;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KEY;
import static dev.fresnel.hook.Dims.QUERY;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Shape;
import dev.fresnel.tensor.Tensor;
import java.util.Arrays;

/**
 * How well each head's attention matches a whole pattern, by the measures of TransformerLens's
 * {@code detect_head}. A {@link HeadDetector} asks instead how much attention there is, on average,
 * where a rule holds.
 *
 * <pre>{@code
 * var match = PatternMatch.induction().without(PatternMatch.Excluded.BOS);
 * try (var run = model.run(tokens, match.plan())) {
 *   match.score(run).ranked().get(0);   // the head that matches best
 * }
 * PatternMatch.of("half-half", matrix).by(PatternMatch.Measure.CLOSENESS).score(run);
 * }</pre>
 *
 * @param name what the heads are called
 * @param expected the attention that is looked for
 * @param measure how the two are compared
 * @param ignoresBos whether attention to the first token counts nothing
 * @param ignoresCurrentToken whether attention to the token itself counts nothing
 */
public record PatternMatch(
    String name,
    Expected expected,
    Measure measure,
    boolean ignoresBos,
    boolean ignoresCurrentToken) {
  /** The attention that is looked for. */
  @FunctionalInterface
  public interface Expected {
    /**
     * @param tokens the ids of the text, BOS included, padding left out
     * @param query the position that attends
     * @param key the position that is attended to, at most {@code query}
     * @return the expected attention, 0..1
     */
    double at(int[] tokens, int query, int key);
  }

  /** How attention and expectation are compared. */
  public enum Measure {
    /**
     * The share of all attention that goes where the pattern expects it, 0..1: {@code mul} in
     * TransformerLens. The pattern holds zeros and ones; a number between them counts a part of the
     * attention there.
     */
    SHARE,
    /**
     * 1 less the mean over the queries of the summed differences: {@code abs} in TransformerLens,
     * which rounds it to three decimals. At most 1; at least -1 where the pattern expects no more
     * than 1 in all of a query, and less where it expects more, as {@link #duplicateToken} may.
     */
    CLOSENESS
  }

  /** A cell that counts nothing. */
  public enum Excluded {
    /** Attention to the first token. */
    BOS,
    /** Attention to the token itself. */
    CURRENT_TOKEN
  }

  /** A pattern of one's own, by its share. */
  public static PatternMatch of(String name, Expected expected) {
    return new PatternMatch(name, expected, Measure.SHARE, false, false);
  }

  /**
   * A pattern for one text, by its share.
   *
   * @param pattern [query][key], as large as the text has tokens, 0 where the key comes later
   * @throws FresnelException if it is not square, or a later key is expected
   */
  public static PatternMatch of(String name, double[][] pattern) {
    double[][] copy = Rows.copy(pattern);
    for (int query = 0; query < copy.length; query++) {
      requireRow(copy[query], query, copy.length);
    }
    return of(
        name,
        (tokens, query, key) -> {
          if (tokens.length != copy.length) {
            throw new FresnelException(
                "the pattern is %d by %d, the text has %d tokens; give one number for each pair of them"
                    .formatted(copy.length, copy.length, tokens.length));
          }
          return copy[query][key];
        });
  }

  private static void requireRow(double[] row, int query, int length) {
    boolean later = false;
    for (int key = query + 1; key < row.length; key++) {
      later |= row[key] != 0;
    }
    if (row.length != length || later) {
      throw new FresnelException(
          "a pattern is [query][key], square, and 0 where the key comes later; row %d of %d has %d numbers%s"
              .formatted(query, length, row.length, later ? ", not 0 after the query" : ""));
    }
  }

  /** Heads that attend to the token before. */
  public static PatternMatch previousToken() {
    return of("previous-token", (tokens, query, key) -> key == query - 1 ? 1 : 0);
  }

  /** Heads that attend to any earlier occurrence of the same token. */
  public static PatternMatch duplicateToken() {
    return of(
        "duplicate-token",
        (tokens, query, key) -> key < query && tokens[key] == tokens[query] ? 1 : 0);
  }

  /** Heads that attend to what came after any earlier occurrence of the same token. */
  public static PatternMatch induction() {
    return of(
        "induction",
        (tokens, query, key) ->
            key >= 1 && tokens[key - 1] == tokens[query] && key <= query ? 1 : 0);
  }

  /** The same by another measure. */
  public PatternMatch by(Measure other) {
    return new PatternMatch(name, expected, other, ignoresBos, ignoresCurrentToken);
  }

  /** The same, in which these cells count nothing. */
  public PatternMatch without(Excluded... cells) {
    var all = Arrays.asList(cells);
    return new PatternMatch(
        name,
        expected,
        measure,
        ignoresBos || all.contains(Excluded.BOS),
        ignoresCurrentToken || all.contains(Excluded.CURRENT_TOKEN));
  }

  /** What a run has to capture for {@link #score}: every layer's PATTERN. */
  public RunPlan plan() {
    return RunPlan.capture(HookKind.PATTERN);
  }

  /**
   * Each head's match; of a batch, the mean over its texts. NaN where all attention of a text is
   * excluded. Run the model with {@link #plan}.
   *
   * @throws FresnelException if the run did not capture PATTERN in every layer and at every
   *     position, or did not read its texts from their first token
   */
  public HeadValues score(Run run) {
    Texts.requireFromTheStart(run);
    var model = run.model();
    int texts = run.tokens().batch();
    double[][] scores = new double[model.layers()][model.heads()];
    for (int text = 0; text < texts; text++) {
      try (var scope = Scope.open()) {
        add(run, text, scores);
      }
    }
    for (double[] layer : scores) {
      for (int head = 0; head < layer.length; head++) {
        layer[head] /= texts;
      }
    }
    return HeadValues.of(scores);
  }

  private void add(Run run, int text, double[][] scores) {
    int length = run.tokens().length();
    int padding = run.tokens().padding(text);
    int[] tokens = Arrays.copyOfRange(run.tokens().ids(text), padding, length);
    Tensor wanted = matrix(tokens, expected);
    Tensor counted = matrix(tokens, this::counts);
    for (int layer = 0; layer < scores.length; layer++) {
      Tensor pattern =
          Captured.whole(run, HookKind.PATTERN.at(layer), "PatternMatch.plan()")
              .select(BATCH, text)
              .slice(QUERY, padding, length)
              .slice(KEY, padding, length);
      float[] found = compared(pattern, wanted, counted, tokens.length).order(HEAD).floats();
      for (int head = 0; head < found.length; head++) {
        scores[layer][head] += found[head];
      }
    }
  }

  private Tensor compared(Tensor pattern, Tensor wanted, Tensor counted, int length) {
    return switch (measure) {
      case SHARE ->
          pattern
              .dot(wanted.times(counted), QUERY, KEY)
              .dividedBy(pattern.dot(counted, QUERY, KEY));
      case CLOSENESS ->
          pattern.minus(wanted).abs().dot(counted, QUERY, KEY).dividedBy(length).times(-1).plus(1);
    };
  }

  private double counts(int[] tokens, int query, int key) {
    return ignoresBos && key == 0 || ignoresCurrentToken && key == query ? 0 : 1;
  }

  /** [query, key], 0 where the key comes later. */
  private static Tensor matrix(int[] tokens, Expected cells) {
    int length = tokens.length;
    float[] matrix = new float[length * length];
    for (int query = 0; query < length; query++) {
      for (int key = 0; key <= query; key++) {
        matrix[query * length + key] = (float) cells.at(tokens, query, key);
      }
    }
    return Tensor.of(Shape.of(QUERY, length).and(KEY, length), matrix);
  }

  @Override
  public String toString() {
    return "PatternMatch " + name;
  }
}
