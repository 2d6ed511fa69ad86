package dev.fresnel.text;

/**
 * Whether a text's tokens begin with the beginning-of-sequence token.
 *
 * <p>It matters for interpretability: attention heads with nothing to do rest on the first token,
 * so the same text with and without a BOS gives different patterns.
 */
public enum Bos {
  /** A BOS comes first: put there by the tokenizer itself, or else by Fresnel. */
  PREPEND,
  /** No BOS comes first: one that the tokenizer adds of its own accord is taken off. */
  NONE
}
