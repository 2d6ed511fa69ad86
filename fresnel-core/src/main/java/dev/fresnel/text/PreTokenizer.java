package dev.fresnel.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a GGUF file's BPE tokenizer splits a text before it merges, by llama.cpp's names.
 *
 * <p>A step is {@link #COMPOSED}, {@link #DIGITS_APART}, {@link #WORDS}, {@link #SPACES_MARKED},
 * {@link #SPACES_DROPPED}, or the publishers of a pattern in {@link KnownPatterns}. Patterns are
 * those of the original tokenizers; where Fresnel does not know whether one composes characters
 * first, it does not, as llama.cpp.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/src/llama-vocab.cpp">llama.cpp's
 *     names and patterns</a>
 */
enum PreTokenizer {
  /**
   * GPT-2's pattern: contractions; an optional space followed by letters, by digits, or by other
   * characters.
   */
  GPT2(
      "default gpt-2 phi-2 roberta-bpe jina-es jina-de jina-v1-en jina-v2-es jina-v2-de"
          + " jina-v2-code gigachat a.x-4.0 mellum modern-bert exaone4 jais trillion"
          + " granite-docling",
      PreTokenizer.WORDS),
  /** GPT-2's pattern after Unicode canonical composition (NFC): GPT-NeoX's tokenizer. */
  NEOX("mpt olmo", PreTokenizer.COMPOSED, PreTokenizer.WORDS),
  /** Single digits, then GPT-2's pattern. */
  DIGITS(
      "smollm starcoder refact command-r codeshell exaone minerva-7b mellum2",
      PreTokenizer.DIGITS_APART,
      PreTokenizer.WORDS),
  /** Llama 3's pattern: up to three digits together; a word in the vocabulary is one token. */
  LLAMA3(
      "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano glm4 glm5",
      "Llama 3, GPT-4"),
  /** Llama 3's pattern; words are merged. */
  SMAUG("smaug-bpe dbrx chatglm-bpe", "Llama 3, GPT-4"),
  /** Llama 3's pattern; long spaces are cut at powers of two. */
  JAIS2("jais-2", "Jais 2"),
  /** Three digits together, then a pattern like Qwen 2's; a word in the vocabulary is one token. */
  MINICPM5("minicpm5", "DeepSeek-V3: digits", "MiniCPM 5"),
  /** Llama 3's pattern with single digits, after canonical composition. */
  QWEN2(
      "qwen2 deepseek-r1-qwen kormo megrez f2llmv2",
      PreTokenizer.COMPOSED,
      "Qwen 2, Qwen 2.5, Qwen 3"),
  /** The same without composition. */
  STABLELM2("stablelm2 hunyuan solar-open grok-2", "Qwen 2, Qwen 2.5, Qwen 3"),
  /** Qwen 2's with marks counted as letters. */
  QWEN35("qwen35", PreTokenizer.COMPOSED, "Qwen 3.5"),
  /** Qwen 2's, line by line. */
  LAGUNA("laguna", "Laguna: lines", "Qwen 2, Qwen 2.5, Qwen 3"),
  /** Qwen 2's without English contractions. */
  UFAKZEKA("ufakzeka", "Ufakzeka"),
  SEED_CODER("seed-coder", "Seed-Coder"),
  BAILING("bailingmoe bailingmoe2 llada-moe", "Bailing MoE, LLaDA MoE"),
  DEEPSEEK_LLM(
      "deepseek-llm",
      "DeepSeek-LLM, DeepSeek-Coder: line breaks",
      "DeepSeek-LLM: letters",
      "DeepSeek-LLM: punctuation",
      "DeepSeek-LLM",
      "DeepSeek-LLM, DeepSeek-Coder: Chinese and Korean",
      PreTokenizer.DIGITS_APART),
  DEEPSEEK_CODER(
      "deepseek-coder",
      "DeepSeek-LLM, DeepSeek-Coder: line breaks",
      "DeepSeek-Coder: words",
      "DeepSeek-Coder: punctuation",
      "DeepSeek-LLM, DeepSeek-Coder: Chinese and Korean",
      PreTokenizer.DIGITS_APART),
  DEEPSEEK3(
      "deepseek-v3 hunyuan-dense joyai-llm hy_v4",
      "DeepSeek-V3: digits",
      "DeepSeek-V3: Chinese and Japanese",
      "DeepSeek-V3, DeepSeek-R1"),
  SPARK(
      "spark2_5",
      "DeepSeek-V3: digits",
      "DeepSeek-V3: Chinese and Japanese",
      "Spark 2.5",
      PreTokenizer.DIGITS_APART),
  FALCON("falcon", "Falcon: punctuation", "GPT-2, written out", "Falcon: three digits"),
  BLOOM("bloom poro-chat gpt3-finnish", "BLOOM"),
  VIKING("viking", "BLOOM", PreTokenizer.DIGITS_APART),
  /** Mistral's: upper and lower case apart; a word in the vocabulary is one token. */
  TEKKEN("tekken", "Mistral Nemo (tekken)"),
  GPT4O("gpt-4o llama4 kanana2 talkie minimax-m2", "GPT-4o, gpt-oss"),
  /** GPT-4o's with Chinese characters apart. */
  KIMI("kimi-k2", "Kimi K2"),
  /** Scripts of East Asia apart; a word in the vocabulary is one token. */
  YOUTU("youtu", "Youtu-LLM: scripts", "Youtu-LLM"),
  /** Qwen 2's, in which single spaces do not part words. */
  EXAONE_MOE("exaone-moe", "EXAONE MoE"),
  CHAMELEON(
      "chameleon",
      "Chameleon: sentinels",
      "Chameleon: images",
      "Chameleon: spaces",
      PreTokenizer.DIGITS_APART,
      "Chameleon: punctuation",
      PreTokenizer.WORDS),
  SUPERBPE("superbpe", "SuperBPE: digits", "SuperBPE"),
  /** GPT-4o's; three digits together, counted from the end of a number. */
  TINY_AYA("tiny_aya cohere2moe", "Tiny Aya: numbers", "Tiny Aya: first digits", "GPT-4o, gpt-oss"),
  /** GPT-4o's; a word in the vocabulary is one token. */
  GRANITE_EMBEDDING("granite-embed-multi-97m", "GPT-4o, gpt-oss"),
  /** DeepSeek-V3's with scripts of Asia apart; three digits together, counted from the end. */
  AFMOE(
      "afmoe",
      "SuperBPE: digits",
      "AFMoE: first digits",
      "DeepSeek-V3: digits",
      "AFMoE: scripts",
      "DeepSeek-V3, with its line breaks escaped"),
  /** Characters, not bytes: a line is one word, and its spaces are marked. */
  LINES("gemma4 granite-embed-multi-311m sarvam-moe", PreTokenizer.SPACES_MARKED, "Laguna: lines"),
  /** Characters, not bytes: words without the space between them. */
  SPACES_LEFT_OUT("whitespace", PreTokenizer.SPACES_DROPPED);

  /** Unicode canonical composition (NFC), before all else. */
  private static final String COMPOSED = "NFC";

  /** Each digit by itself. */
  private static final String DIGITS_APART = "digits";

  /** GPT-2's pattern, as the part that maps bytes to characters has it. */
  private static final String WORDS = "words";

  /** "▁" for a space; what follows merges characters. */
  private static final String SPACES_MARKED = "marked spaces";

  /** Cuts at spaces and line breaks, and drops them; what follows merges characters. */
  private static final String SPACES_DROPPED = "dropped spaces";

  private final List<String> names;
  private final List<String> steps;

  PreTokenizer(String names, String... steps) {
    this.names = List.of(names.split(" "));
    this.steps = List.of(steps);
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
    return Set.of(LLAMA3, TEKKEN, MINICPM5, YOUTU, GRANITE_EMBEDDING).contains(this);
  }

  /** Whether merges are of characters, with tokens for the bytes of those that are in none. */
  boolean mergesCharacters() {
    return steps.contains(SPACES_MARKED) || steps.contains(SPACES_DROPPED);
  }

  /** Writes the normalizer and the pre-tokenizer into a tokenizer.json. */
  void write(ObjectNode root) {
    ArrayNode parts =
        root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
    for (String step : steps) {
      switch (step) {
        case COMPOSED -> root.putObject("normalizer").put("type", "NFC");
        case DIGITS_APART -> parts.addObject().put("type", "Digits").put("individual_digits", true);
        case WORDS -> {}
        case SPACES_MARKED -> replace(root.putObject("normalizer"), " ", "▁");
        case SPACES_DROPPED -> parts.addObject().put("type", "WhitespaceSplit");
        default -> split(parts, KnownPatterns.of(step));
      }
    }
    if (mergesCharacters()) {
      return;
    }
    parts
        .addObject()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", steps.contains(WORDS));
  }

  /** Writes a part that puts one text in another's place. */
  static void replace(ObjectNode part, String from, String to) {
    part.put("type", "Replace").putObject("pattern").put("String", from);
    part.put("content", to);
  }

  private static void split(ArrayNode steps, String regex) {
    ObjectNode step = steps.addObject().put("type", "Split");
    step.putObject("pattern").put("Regex", regex);
    step.put("behavior", "Isolated").put("invert", false);
  }
}
