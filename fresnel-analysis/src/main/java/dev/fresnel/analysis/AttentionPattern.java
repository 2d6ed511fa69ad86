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
import org.jspecify.annotations.Nullable;

/**
 * The attention of every head of one layer over one text.
 *
 * @param layer the layer, counted from 0
 * @param tokens the text, one token per position
 * @param weights [head][query][key], in 0..1; a row sums to 1 over the keys up to its query. Copied
 *     in and out: {@link #row} is the cheaper way to read one row
 */
public record AttentionPattern(int layer, List<Token> tokens, float[][][] weights) {
  public AttentionPattern {
    tokens = List.copyOf(tokens);
    weights = copy(weights);
    for (float[][] head : weights) {
      requireSquare(head, tokens.size());
    }
  }

  private static void requireSquare(float[][] head, int length) {
    boolean square = head.length == length;
    for (float[] row : head) {
      square &= row.length == length;
    }
    if (!square) {
      throw new FresnelException(
          "attention weights must be [head][%d][%d], one row and one column per token"
              .formatted(length, length));
    }
  }

  private static float[][][] copy(float[][][] weights) {
    return Arrays.stream(weights)
        .map(head -> Arrays.stream(head).map(float[]::clone).toArray(float[][]::new))
        .toArray(float[][][]::new);
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
      return new AttentionPattern(layer, tokens, cube(pattern));
    }
  }

  private static float[][][] cube(Tensor pattern) {
    int heads = (int) pattern.size(HEAD);
    int length = (int) pattern.size(QUERY);
    float[] flat = pattern.floats();
    float[][][] cube = new float[heads][length][];
    for (int head = 0, from = 0; head < heads; head++) {
      for (int query = 0; query < length; query++, from += length) {
        cube[head][query] = Arrays.copyOfRange(flat, from, from + length);
      }
    }
    return cube;
  }

  public int heads() {
    return weights.length;
  }

  @Override
  public float[][][] weights() {
    return copy(weights);
  }

  /**
   * What one head attends to from one query: a weight for each key.
   *
   * @throws FresnelException if there is no such head or query
   */
  public float[] row(int head, int query) {
    if (head < 0 || head >= heads() || query < 0 || query >= tokens.size()) {
      throw new FresnelException(
          "there is no head %d with query %d: heads are 0 to %d, queries 0 to %d"
              .formatted(head, query, heads() - 1, tokens.size() - 1));
    }
    return weights[head][query].clone();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AttentionPattern that
        && layer == that.layer
        && tokens.equals(that.tokens)
        && Arrays.deepEquals(weights, that.weights);
  }

  @Override
  public int hashCode() {
    return Objects.hash(layer, tokens, Arrays.deepHashCode(weights));
  }

  @Override
  public String toString() {
    return "AttentionPattern[layer %d, %d heads, %d tokens]"
        .formatted(layer, heads(), tokens.size());
  }
}
