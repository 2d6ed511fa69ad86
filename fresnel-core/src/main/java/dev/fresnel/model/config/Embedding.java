package dev.fresnel.model.config;

import dev.fresnel.error.FresnelException;

/**
 * What happens to a token's vector before it enters the residual stream.
 *
 * @param scale what it is multiplied by: 1, or the square root of d_model in Gemma
 * @param norm the norm behind it: none, or a layer norm in BLOOM
 */
public record Embedding(double scale, Norm norm) {
  /** The vector as it stands in the table. */
  public static final Embedding PLAIN = new Embedding(1, new Norm.None());

  public Embedding {
    if (!(scale > 0)) {
      throw new FresnelException("the embedding's scale must be above 0, is " + scale);
    }
  }
}
