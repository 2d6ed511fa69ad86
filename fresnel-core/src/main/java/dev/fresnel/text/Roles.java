package dev.fresnel.text;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The special tokens that are in the vocabulary, with TransformerLens's defaults for missing ones.
 */
record Roles(@Nullable Known bos, @Nullable Known eos, @Nullable Known pad) {

  record Known(String text, int id) {}

  static Roles of(SpecialTokens special, TokenizerJson facts) {
    Known eos = known(special.eos(), facts);
    Known bos = known(special.bos(), facts);
    if (eos == null) {
      eos = known("<|endoftext|>", facts);
    }
    if (eos == null && bos == null && known("<s>", facts) != null) {
      // The default names of Llama's tokenizer class, for a tokenizer.json without its
      // configuration.
      bos = known("<s>", facts);
      eos = known("</s>", facts);
    }
    Known pad = known(special.pad(), facts);
    return new Roles(bos == null ? eos : bos, eos, pad == null ? eos : pad);
  }

  static OptionalInt id(@Nullable Known token) {
    return token == null ? OptionalInt.empty() : OptionalInt.of(token.id());
  }

  private static @Nullable Known known(@Nullable String text, TokenizerJson facts) {
    Integer id = text == null ? null : facts.id(text);
    return id == null ? null : new Known(text, id);
  }
}
