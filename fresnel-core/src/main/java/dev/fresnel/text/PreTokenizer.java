package dev.fresnel.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How a GGUF file's byte-level tokenizer splits a text before it merges, by llama.cpp's names. */
enum PreTokenizer {
  /**
   * GPT-2's pattern: contractions; an optional space followed by letters, by digits, or by other
   * characters.
   */
  GPT2(List.of("default", "gpt-2", "phi-2", "roberta-bpe")),
  /** GPT-2's pattern after Unicode canonical composition (NFC): GPT-NeoX's tokenizer. */
  NEOX(List.of("mpt", "olmo")),
  /** Single digits, then GPT-2's pattern. */
  DIGITS(List.of("smollm", "starcoder", "refact")),
  /** Llama 3's pattern: up to three digits together; a word in the vocabulary is one token. */
  LLAMA3(List.of("llama-bpe", "llama3", "llama-v3")),
  /** Llama 3's pattern with single digits, after canonical composition. */
  QWEN2(List.of("qwen2", "deepseek-r1-qwen"));

  private static final String WORDS =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}%s| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private final List<String> names;

  PreTokenizer(List<String> names) {
    this.names = names;
  }

  static Set<String> names() {
    return Arrays.stream(values()).flatMap(kind -> kind.names.stream()).collect(Collectors.toSet());
  }

  static boolean isKnown(@Nullable String name) {
    return name == null || names().contains(name);
  }

  static PreTokenizer named(@Nullable String name) {
    String wanted = Objects.requireNonNullElse(name, "default");
    return Arrays.stream(values())
        .filter(kind -> kind.names.contains(wanted))
        .findFirst()
        .orElseThrow();
  }

  /** Whether a word that is in the vocabulary becomes one token, whatever the merges would give. */
  boolean wholeWordsFirst() {
    return this == LLAMA3;
  }

  /** Writes the normalizer and the pre-tokenizer into a tokenizer.json. */
  void write(ObjectNode root) {
    if (this == NEOX || this == QWEN2) {
      root.putObject("normalizer").put("type", "NFC");
    }
    ArrayNode steps =
        root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
    switch (this) {
      case DIGITS -> steps.addObject().put("type", "Digits").put("individual_digits", true);
      case LLAMA3 -> split(steps, WORDS.formatted("{1,3}"));
      case QWEN2 -> split(steps, WORDS.formatted(""));
      default -> {}
    }
    steps
        .addObject()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", this != LLAMA3 && this != QWEN2);
  }

  private static void split(ArrayNode steps, String regex) {
    ObjectNode step = steps.addObject().put("type", "Split");
    step.putObject("pattern").put("Regex", regex);
    step.put("behavior", "Isolated").put("invert", false);
  }
}
