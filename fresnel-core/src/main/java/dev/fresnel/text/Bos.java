package dev.fresnel.text;

/**
 * Whether a text's tokens start with the beginning-of-sequence token (BOS).
 *
 * <p>This matters for interpretability: an attention head that finds nothing to attend to attends
 * to the first token, so the same text with and without a BOS gives different patterns.
 */
public enum Bos {
  /** A BOS comes first. The tokenizer adds it, or if it does not, Fresnel does. */
  PREPEND,
  /** No BOS comes first. If the tokenizer adds one, it is removed. */
  NONE
}
