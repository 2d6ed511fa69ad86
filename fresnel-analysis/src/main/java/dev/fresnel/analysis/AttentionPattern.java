package dev.fresnel.analysis;

import dev.fresnel.text.Token;
import java.util.List;

/**
 * The attention of every head of one layer over one text.
 *
 * @param layer the layer, counted from 0
 * @param tokens the text, one token a position
 * @param weights [head][query][key], in 0..1; a row sums to 1 over the keys up to its query
 */
public record AttentionPattern(int layer, List<Token> tokens, float[][][] weights) {
  public AttentionPattern {
    tokens = List.copyOf(tokens);
  }

  public int heads() {
    return weights.length;
  }
}
