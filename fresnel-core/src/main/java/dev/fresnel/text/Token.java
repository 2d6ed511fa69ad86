package dev.fresnel.text;

import org.jspecify.annotations.Nullable;

/**
 * One token of a text, as a label for results.
 *
 * @param id its index in the vocabulary, counted from 0
 * @param text its own decoding, without clean-up (what TransformerLens's {@code to_str_tokens}
 *     gives; a piece of a multi-byte character is "\uFFFD"), or null where the model has no
 *     tokenizer
 */
public record Token(int id, @Nullable String text) {
  /** The text, or {@code #id} where there is none. */
  public String label() {
    return text == null ? "#" + id : text;
  }
}
