package dev.fresnel.text;

import org.jspecify.annotations.Nullable;

/**
 * One token of a text, as a label for results.
 *
 * @param id its index in the vocabulary, counted from 0
 * @param text the token decoded alone, without clean-up, like TransformerLens's {@code
 *     to_str_tokens}; part of a multi-byte character is "\uFFFD"; null if the model has no
 *     tokenizer
 */
public record Token(int id, @Nullable String text) {
  /** The text, or {@code #id} if there is none. */
  public String label() {
    return text == null ? "#" + id : text;
  }
}
