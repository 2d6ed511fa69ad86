package dev.fresnel.load;

import dev.fresnel.text.GgufVocabulary;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
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
          "add_space_prefix",
          "normalizer.lowercase");

  /**
   * Of tokenizers of other kinds, which are not rebuilt, and of tokens that no text is read with.
   */
  private static final Set<String> HARMLESS =
      Set.of(
          "add_eos_token",
          "add_sep_token",
          "cls_token_id",
          "eog_token_ids",
          "eom_token_id",
          "eot_token_id",
          "mask_token_id",
          "middle_token_id",
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
   * A sentence each on keys that nothing reads, and on what is read in another way than the file's
   * makers may expect.
   *
   * @param file what to call the file
   * @param keys all keys of its metadata
   */
  static List<String> remarks(String file, Collection<String> keys, GgufVocabulary vocabulary) {
    var remarks = new ArrayList<String>();
    UnreadKeys.remark(
            file, keys.stream().filter(key -> key.startsWith(PREFIX) && !isKnown(key)).toList())
        .ifPresent(remarks::add);
    String pre = vocabulary.preTokenizer();
    if ("gpt2".equals(vocabulary.kind()) && (pre == null || pre.equals("default"))) {
      remarks.add(
          file
              + " does not say how its tokenizer cuts a text into words (tokenizer.ggml.pre), so"
              + " GPT-2's way is used; another model's tokens may differ");
    }
    if (Boolean.TRUE.equals(vocabulary.flags().addEos())) {
      remarks.add(
          file
              + " asks for an EOS token behind each text (tokenizer.ggml.add_eos_token); none is"
              + " put there");
    }
    return remarks;
  }

  private static boolean isKnown(String key) {
    String name = key.substring(PREFIX.length());
    return HONOURED.contains(name) || HARMLESS.contains(name) || name.startsWith("fim_");
  }
}
