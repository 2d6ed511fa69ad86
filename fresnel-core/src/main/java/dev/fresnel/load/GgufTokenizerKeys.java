package dev.fresnel.load;

import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/** The metadata keys that say how a GGUF file's tokenizer reads a text. */
final class GgufTokenizerKeys {
  private static final String PREFIX = "tokenizer.ggml.";

  private static final Set<String> HONOURED =
      Set.of(
          "model",
          "pre",
          "tokens",
          "token_type",
          "merges",
          "scores",
          "bos_token_id",
          "eos_token_id",
          "unknown_token_id",
          "padding_token_id",
          "add_bos_token",
          "add_eos_token",
          "add_space_prefix");

  /**
   * Of tokenizers of other kinds, which are not rebuilt, and of tokens that no text is read with.
   */
  private static final Set<String> HARMLESS =
      Set.of(
          "add_sep_token",
          "cls_token_id",
          "eog_token_ids",
          "eom_token_id",
          "eot_token_id",
          "mask_token_id",
          "middle_token_id",
          "normalizer.lowercase",
          "normalizer.strip_accents",
          "precompiled_charsmap",
          "prefix_token_id",
          "remove_extra_whitespaces",
          "seperator_token_id",
          "suffix_token_id",
          "suppress_tokens",
          "token_type_count");

  private GgufTokenizerKeys() {}

  /**
   * A sentence on keys that nothing reads, if there are any.
   *
   * @param file what to call the file
   * @param keys all keys of its metadata
   */
  static Optional<String> remark(String file, Collection<String> keys) {
    return UnreadKeys.remark(
        file, keys.stream().filter(key -> key.startsWith(PREFIX) && !isKnown(key)).toList());
  }

  private static boolean isKnown(String key) {
    String name = key.substring(PREFIX.length());
    return HONOURED.contains(name) || HARMLESS.contains(name) || name.startsWith("fim_");
  }
}
