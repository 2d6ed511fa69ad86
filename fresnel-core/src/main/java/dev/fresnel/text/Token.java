package dev.fresnel.text;

import org.jspecify.annotations.Nullable;

/**
 * One token of a text, as results show it.
 *
 * @param id its index in the vocabulary, counted from 0
 * @param text the token decoded alone, without clean-up, like TransformerLens's {@code
 *     to_str_tokens}; part of a multi-byte character is "\uFFFD"; null if the model has no
 *     tokenizer. Several tokens may have one text
 * @param piece the vocabulary's own entry, such as {@code ĠMary} or {@code ▁Mary}, like
 *     transformers's {@code convert_ids_to_tokens}; null if it has none for this id, or there is no
 *     tokenizer
 * @param label what tells the token apart from the others of its vocabulary: the text; with bytes
 *     that are only part of a character as {@code ⟨E3 81⟩}; the piece where the text does not show
 *     all of it, or is that of another token too; {@code #id} where there is neither
 */
public record Token(int id, @Nullable String text, @Nullable String piece, String label) {
  /** A token of which no piece is known, labelled by its text, or by {@code #id} without one. */
  public Token(int id, @Nullable String text) {
    this(id, text, null, text == null ? number(id) : text);
  }

  /** Whether the label is only the id, as {@code #id}. */
  public boolean isUnnamed() {
    return text == null || label.equals(number(id)) && !label.equals(piece);
  }

  static String number(int id) {
    return "#" + id;
  }
}
