package dev.fresnel.text;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A GGUF file's tokenizer metadata, {@code tokenizer.ggml.*}, unchecked. If the file lacks an
 * entry, a list is empty and any other value is null.
 *
 * @param kind {@code model}: {@code gpt2} (BPE), {@code gemma4} and {@code whitespace} (BPE of
 *     characters), or {@code llama} (sentencepiece)
 * @param preTokenizer {@code pre}: how a text is split before merging; null means GPT-2's way
 * @param tokens {@code tokens}: the vocabulary, by id
 * @param tokenTypes {@code token_type}, by id: 1 normal, 2 unknown, 3 control, 4 user-defined, 5
 *     unused, 6 byte
 * @param merges {@code merges}: pairs of tokens separated by a space, best first
 * @param scores {@code scores}, by id: {@code llama} tokenizers have them instead of merges
 * @param ids the special tokens
 * @param flags what the tokenizer adds to a text
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
   * The special tokens, by id: {@code bos_token_id}, {@code eos_token_id}, {@code
   * unknown_token_id}, {@code padding_token_id}; null where absent.
   */
  public record Ids(
      @Nullable Integer bos, @Nullable Integer eos, @Nullable Integer unk, @Nullable Integer pad) {}

  /**
   * {@code add_bos_token}, {@code add_eos_token}, {@code add_space_prefix}, {@code
   * normalizer.lowercase}; null where absent.
   */
  public record Flags(
      @Nullable Boolean addBos,
      @Nullable Boolean addEos,
      @Nullable Boolean addSpacePrefix,
      @Nullable Boolean lowercase) {
    /** Without the last, which only tokenizers of the kind {@code whitespace} have. */
    public Flags(
        @Nullable Boolean addBos, @Nullable Boolean addEos, @Nullable Boolean addSpacePrefix) {
      this(addBos, addEos, addSpacePrefix, null);
    }
  }

  /** Copies the lists. */
  public GgufVocabulary {
    tokens = List.copyOf(tokens);
    tokenTypes = List.copyOf(tokenTypes);
    merges = List.copyOf(merges);
    scores = List.copyOf(scores);
  }

  /**
   * Why no tokenizer can be made from this, and what to do, as a sentence; empty if no problem is
   * found without making one. A model whose tokenizer has a problem still runs on token ids.
   */
  public Optional<String> problem() {
    return GgufTokenizer.problem(this).map(Throwable::getMessage);
  }

  /** The special tokens, by text; null where the file names none, or an id out of range. */
  public SpecialTokens specialTokens() {
    return new SpecialTokens(text(ids.bos), text(ids.eos), text(ids.pad), text(ids.unk));
  }

  private @Nullable String text(@Nullable Integer id) {
    return id == null || id < 0 || id >= tokens.size() ? null : tokens.get(id);
  }
}
