package dev.fresnel.model.config;

import dev.fresnel.error.FresnelException;

/**
 * What is done to a token's vector before it enters the residual stream.
 *
 * @param scale multiplies the vector: 1, or the square root of d_model in Gemma
 * @param norm the norm after the embedding: none, or a layer norm in BLOOM
 */
public record Embedding(double scale, Norm norm) {
  /** No scale and no norm. */
  public static final Embedding PLAIN = new Embedding(1, new Norm.None());

  public Embedding {
    if (!(scale > 0)) {
      throw new FresnelException("the embedding's scale must be above 0, is " + scale);
    }
  }
}
