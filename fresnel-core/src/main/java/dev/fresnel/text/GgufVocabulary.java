package dev.fresnel.text;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a GGUF file says of its tokenizer, under {@code tokenizer.ggml.*}; nothing is checked yet.
 * Lists are empty, and the rest null, where the file says nothing.
 *
 * @param kind {@code model}: {@code gpt2} (byte-level BPE) or {@code llama} (sentencepiece)
 * @param preTokenizer {@code pre}: how a text is cut before merging; null means GPT-2's way
 * @param tokens {@code tokens}: the vocabulary, by id
 * @param tokenTypes {@code token_type}, by id: 1 normal, 2 unknown, 3 control, 4 user-defined, 5
 *     unused, 6 byte
 * @param merges {@code merges}: pairs with a space between, the best first
 * @param scores {@code scores}, by id: for {@code llama}, in place of merges
 * @param ids the tokens with a role
 * @param flags what is put before a text
 */
public record GgufVocabulary(
    @Nullable String kind,
    @Nullable String preTokenizer,
    List<String> tokens,
    List<Integer> tokenTypes,
    List<String> merges,
    List<Float> scores,
    Ids ids,
    Flags flags) {

  /**
   * The tokens with a role, by id: {@code bos_token_id}, {@code eos_token_id}, {@code
   * unknown_token_id}, {@code padding_token_id}; null where absent.
   */
  public record Ids(
      @Nullable Integer bos, @Nullable Integer eos, @Nullable Integer unk, @Nullable Integer pad) {}

  /** {@code add_bos_token}, {@code add_eos_token}, {@code add_space_prefix}; null where absent. */
  public record Flags(
      @Nullable Boolean addBos, @Nullable Boolean addEos, @Nullable Boolean addSpacePrefix) {}

  /** Copies the lists. */
  public GgufVocabulary {
    tokens = List.copyOf(tokens);
    tokenTypes = List.copyOf(tokenTypes);
    merges = List.copyOf(merges);
    scores = List.copyOf(scores);
  }

  /**
   * Why no tokenizer can be made of this, as a sentence with what to do; empty if one can, as far
   * as can be seen without making it. A model with a problem here still runs, on token ids.
   */
  public Optional<String> problem() {
    return GgufTokenizer.problem(this);
  }

  /** The tokens with a role, by their text; null where the file names none, or one out of range. */
  public SpecialTokens specialTokens() {
    return new SpecialTokens(text(ids.bos), text(ids.eos), text(ids.pad), text(ids.unk));
  }

  private @Nullable String text(@Nullable Integer id) {
    return id == null || id < 0 || id >= tokens.size() ? null : tokens.get(id);
  }
}
