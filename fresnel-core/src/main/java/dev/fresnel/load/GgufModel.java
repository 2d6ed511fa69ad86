package dev.fresnel.load;

import dev.fresnel.load.internal.family.Settings;
import dev.fresnel.load.internal.format.gguf.GgufMetadata;
import dev.fresnel.load.internal.format.gguf.GgufParts;
import dev.fresnel.text.GgufVocabulary;
import dev.fresnel.text.GgufVocabulary.Flags;
import dev.fresnel.text.GgufVocabulary.Ids;
import dev.fresnel.text.Tokenizer;
import dev.fresnel.text.TokenizerOrReason;
import dev.fresnel.text.UnusableTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A .gguf file: weights, settings and tokenizer in one. */
final class GgufModel {
  private static final String TOKENIZER = "tokenizer.";

  private GgufModel() {}

  static ModelFiles open(Path file) {
    GgufParts gguf = GgufParts.open(file, LfsPointer::refuse);
    GgufVocabulary vocabulary = vocabulary(gguf.metadata());
    return new ModelFiles(
        ModelDirectory.plainName(file),
        file.toString(),
        "GGUF",
        settings(gguf),
        gguf.weights(),
        options -> {
          GgufTokenizerKeys.remarks(file.toString(), gguf.metadata().keys(), vocabulary)
              .forEach(options.progress()::remark);
          return tokenizer(vocabulary);
        },
        vocabulary.flags().addBos());
  }

  /** The metadata but for the tokenizer's long lists. */
  private static Settings settings(GgufParts gguf) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (String key : gguf.metadata().keys()) {
      if (!key.startsWith(TOKENIZER)) {
        values.put(key, gguf.metadata().raw(key));
      }
    }
    return Settings.of(gguf.weights().description(), values);
  }

  private static TokenizerOrReason tokenizer(GgufVocabulary vocabulary) {
    if (vocabulary.kind() == null && vocabulary.tokens().isEmpty()) {
      return TokenizerOrReason.NONE;
    }
    try {
      return TokenizerOrReason.of(Tokenizer.fromGguf(vocabulary));
    } catch (UnusableTokenizer e) {
      return TokenizerOrReason.unusable(e);
    }
  }

  /** What is odd counts as missing: it is no reason to refuse the weights. */
  private static GgufVocabulary vocabulary(GgufMetadata metadata) {
    String kind = value(metadata, "model", String.class);
    List<String> tokens = strings(metadata, "tokens");
    return new GgufVocabulary(
        kind,
        value(metadata, "pre", String.class),
        tokens,
        integers(metadata, "token_type"),
        strings(metadata, "merges"),
        floats(metadata, "scores"),
        "llama".equals(kind) ? sentencepiece(ids(metadata), tokens.size()) : ids(metadata),
        new Flags(
            value(metadata, "add_bos_token", Boolean.class),
            value(metadata, "add_eos_token", Boolean.class),
            value(metadata, "add_space_prefix", Boolean.class),
            value(metadata, "normalizer.lowercase", Boolean.class)));
  }

  private static Ids ids(GgufMetadata metadata) {
    return new Ids(
        id(metadata, "bos_token_id"),
        id(metadata, "eos_token_id"),
        id(metadata, "unknown_token_id"),
        id(metadata, "padding_token_id"));
  }

  /** As llama.cpp: where the file names none of its tokens, those of Llama's own vocabulary. */
  private static Ids sentencepiece(Ids ids, int size) {
    return new Ids(
        orElse(ids.bos(), 1, size),
        orElse(ids.eos(), 2, size),
        orElse(ids.unk(), 0, size),
        ids.pad());
  }

  private static Integer orElse(@Nullable Integer id, int usual, int size) {
    return id == null || id >= size ? usual : id;
  }

  private static <T> @Nullable T value(GgufMetadata metadata, String key, Class<T> type) {
    Object value = metadata.raw(TOKENIZER + "ggml." + key);
    return type.isInstance(value) ? type.cast(value) : null;
  }

  private static @Nullable Integer id(GgufMetadata metadata, String key) {
    Long value = value(metadata, key, Long.class);
    return value == null || value < 0 || value > Integer.MAX_VALUE ? null : value.intValue();
  }

  private static List<String> strings(GgufMetadata metadata, String key) {
    String[] value = value(metadata, key, String[].class);
    return value == null ? List.of() : List.of(value);
  }

  private static List<Integer> integers(GgufMetadata metadata, String key) {
    long[] value = value(metadata, key, long[].class);
    var numbers = new ArrayList<Integer>();
    for (long number : value == null ? new long[0] : value) {
      numbers.add((int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, number)));
    }
    return numbers;
  }

  private static List<Float> floats(GgufMetadata metadata, String key) {
    float[] value = value(metadata, key, float[].class);
    var numbers = new ArrayList<Float>();
    for (float number : value == null ? new float[0] : value) {
      numbers.add(number);
    }
    return numbers;
  }
}
