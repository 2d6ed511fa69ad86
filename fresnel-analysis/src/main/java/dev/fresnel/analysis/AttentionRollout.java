package dev.fresnel.analysis;

import dev.fresnel.error.FresnelException;
import dev.fresnel.text.Token;
import java.util.List;

/**
 * How much of each token reaches each other one through all layers, as attention alone tells: the
 * layers' mean patterns multiplied, each averaged with the identity, which stands for the residual
 * stream.
 *
 * <p>Source: Abnar and Zuidema 2020, "Quantifying Attention Flow in Transformers".
 */
public final class AttentionRollout {
  private final List<Token> tokens;

  /** [query][key] */
  private final float[][] weights;

  private AttentionRollout(List<Token> tokens, float[][] weights) {
    this.tokens = tokens;
    this.weights = weights;
  }

  /**
   * The rollout over the layers' patterns. It takes time that grows with the cube of the number of
   * tokens: about a second for 512 tokens and 30 layers.
   *
   * @param patterns one per layer, in the order of the layers, all of one text; rows sum to 1
   * @throws FresnelException if there is none, or they are not layers 0, 1, 2, … of one text
   */
  public static AttentionRollout of(List<AttentionPattern> patterns) {
    List<Token> tokens = List.of();
    var reached = new float[0][];
    int layer = 0;
    for (var pattern : patterns) {
      if (layer == 0) {
        tokens = pattern.tokens();
        reached = identity(tokens.size());
      }
      if (pattern.layer() != layer || !pattern.tokens().equals(tokens)) {
        throw new FresnelException(
            "an attention rollout needs the patterns of layers 0, 1, 2, … of one text; pattern %d is of layer %d%s"
                .formatted(
                    layer,
                    pattern.layer(),
                    pattern.layer() == layer ? " but of another text" : ""));
      }
      reached = through(pattern, reached);
      layer++;
    }
    if (layer == 0) {
      throw new FresnelException(
          "an attention rollout needs the patterns of all layers, got none; give"
              + " AttentionPatterns.of(run)");
    }
    return new AttentionRollout(tokens, reached);
  }

  private static float[][] identity(int size) {
    var rows = new float[size][size];
    for (int i = 0; i < size; i++) {
      rows[i][i] = 1;
    }
    return rows;
  }

  /** One more layer: half of each row stays, half comes from where the heads attend on average. */
  private static float[][] through(AttentionPattern pattern, float[][] before) {
    int size = before.length;
    var after = new float[size][size];
    for (int query = 0; query < size; query++) {
      var mean = new float[size];
      for (int head = 0; head < pattern.heads(); head++) {
        float[] row = pattern.row(head, query);
        for (int key = 0; key < size; key++) {
          mean[key] += row[key] / (2 * pattern.heads());
        }
      }
      mean[query] += 0.5f;
      float[] into = after[query];
      for (int key = 0; key < size; key++) {
        float share = mean[key];
        if (share != 0) {
          float[] from = before[key];
          for (int i = 0; i < size; i++) {
            into[i] += share * from[i];
          }
        }
      }
    }
    return after;
  }

  /** The text, one token per position. */
  public List<Token> tokens() {
    return tokens;
  }

  /**
   * How much of each token reaches a query: a weight for each key, in 0..1; the row sums to 1.
   *
   * @throws FresnelException if there is no such query
   */
  public float[] row(int query) {
    if (query < 0 || query >= weights.length) {
      throw new FresnelException(
          "there is no query %d: queries are 0 to %d".formatted(query, weights.length - 1));
    }
    return weights[query].clone();
  }

  @Override
  public String toString() {
    return "AttentionRollout[%d tokens]".formatted(weights.length);
  }
}
