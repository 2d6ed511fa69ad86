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
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Token;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The attention of every head of one layer over one text. A value: arrays are copied in and out.
 */
public final class AttentionPattern {
  private final int layer;
  private final List<Token> tokens;
  private final int heads;

  /** One head behind the other, one query's keys behind the other's. */
  private final float[] weights;

  /**
   * @param layer the layer, counted from 0
   * @param tokens the text, one token per position
   * @param weights [head][query][key], in 0..1; a row sums to 1 over the keys up to its query
   * @throws FresnelException if a head has not one row and one column per token
   */
  public AttentionPattern(int layer, List<Token> tokens, float[][][] weights) {
    this(layer, tokens, weights.length, joined(weights, tokens.size()));
  }

  private AttentionPattern(int layer, List<Token> tokens, int heads, float[] weights) {
    this.layer = layer;
    this.tokens = List.copyOf(tokens);
    this.heads = heads;
    this.weights = weights;
  }

  private static float[] joined(float[][][] weights, int length) {
    float[] all = new float[Math.toIntExact((long) weights.length * length * length)];
    int at = 0;
    for (float[][] head : weights) {
      requireSquare(head, length);
      for (float[] row : head) {
        System.arraycopy(row, 0, all, at, length);
        at += length;
      }
    }
    return all;
  }

  private static void requireSquare(float[][] head, int length) {
    boolean square = head.length == length;
    for (float[] row : head) {
      square &= row.length == length;
    }
    if (!square) {
      throw new FresnelException(
          "attention weights must be [head][%1$d][%1$d], one row and one column per token; a head has %2$d rows of %3$s"
              .formatted(
                  length,
                  head.length,
                  Arrays.stream(head)
                      .map(row -> Integer.toString(row.length))
                      .distinct()
                      .collect(Collectors.joining(" or "))));
    }
  }

  /** What a run has to capture for {@link #of(Run, int)}: every layer's PATTERN. */
  public static RunPlan plan() {
    return RunPlan.capture(HookKind.PATTERN);
  }

  /**
   * The patterns of one layer of a run's only text.
   *
   * @throws FresnelException if the run did not capture {@link HookKind#PATTERN}, or holds more
   *     than one text
   */
  public static AttentionPattern of(Run run, int layer) {
    int texts = run.tokens().batch();
    if (texts != 1) {
      throw new FresnelException(
          "the run holds %d texts; say which, with AttentionPattern.of(run, layer, text)"
              .formatted(texts));
    }
    return of(run, layer, 0);
  }

  /** The patterns of one layer of one text of a batch, its padding left out. */
  public static AttentionPattern of(Run run, int layer, int text) {
    Texts.require(run, text);
    Texts.requireFromTheStart(run);
    int padding = run.tokens().padding(text);
    int length = run.tokens().length();
    try (var scope = Scope.open()) {
      Tensor pattern =
          Captured.whole(run, HookKind.PATTERN.at(layer), "AttentionPattern.plan()")
              .select(BATCH, text)
              .slice(QUERY, padding, length)
              .slice(KEY, padding, length);
      var tokens = run.tokens().row(text).subList(padding, length);
      return new AttentionPattern(layer, tokens, (int) pattern.size(HEAD), pattern.floats());
    }
  }

  /** The layer, counted from 0. */
  public int layer() {
    return layer;
  }

  /** The text, one token per position. */
  public List<Token> tokens() {
    return tokens;
  }

  /** How many heads the layer has. */
  public int heads() {
    return heads;
  }

  /** A copy of all weights, [head][query][key]; {@link #row} is the cheaper way to read one row. */
  public float[][][] weights() {
    float[][][] all = new float[heads][tokens.size()][];
    for (int head = 0; head < heads; head++) {
      for (int query = 0; query < tokens.size(); query++) {
        all[head][query] = row(head, query);
      }
    }
    return all;
  }

  /**
   * What one head attends to from one query: a weight for each key.
   *
   * @throws FresnelException if there is no such head or query
   */
  public float[] row(int head, int query) {
    int length = tokens.size();
    if (head < 0 || head >= heads || query < 0 || query >= length) {
      throw new FresnelException(
          "there is no head %d with query %d: heads are 0 to %d, queries 0 to %d"
              .formatted(head, query, heads - 1, length - 1));
    }
    int from = (head * length + query) * length;
    return Arrays.copyOfRange(weights, from, from + length);
  }

  /** Each head's mean over some cells, each query times the text's length plus key; NaN if none. */
  double[] means(int[] cells) {
    double[] means = new double[heads];
    int size = tokens.size() * tokens.size();
    for (int head = 0; head < heads; head++) {
      double sum = 0;
      for (int cell : cells) {
        sum += weights[head * size + cell];
      }
      means[head] = cells.length == 0 ? Double.NaN : sum / cells.length;
    }
    return means;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AttentionPattern that
        && layer == that.layer
        && tokens.equals(that.tokens)
        && heads == that.heads
        && Arrays.equals(weights, that.weights);
  }

  @Override
  public int hashCode() {
    return Objects.hash(layer, tokens, heads, Arrays.hashCode(weights));
  }

  @Override
  public String toString() {
    return "AttentionPattern[layer %d, %d heads, %d tokens]".formatted(layer, heads, tokens.size());
  }
}
