package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.text.Tokenizer;
import dev.fresnel.text.TokenizerOrReason;
import dev.fresnel.text.TokenizerSettings;
import dev.fresnel.text.VocabularyFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer of a folder: tokenizer.json, or vocab.json with merges.txt; and the small files
 * beside it that change it.
 */
final class HubTokenizer {
  /** The files of a byte-level BPE tokenizer without a tokenizer.json. */
  static final List<String> VOCABULARY = List.of("vocab.json", "merges.txt");

  /** The small files that say more of a tokenizer. */
  static final List<String> BESIDE =
      List.of("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json");

  /** Tokenizers that are recognised, but not read: by file, what they are. */
  static final Map<String, String> UNREAD =
      new TreeMap<>(
          Map.of(
              "tokenizer.model", "a sentencepiece or tiktoken tokenizer",
              "spiece.model", "a sentencepiece tokenizer",
              "sentencepiece.bpe.model", "a sentencepiece tokenizer",
              "tekken.json", "a tekken tokenizer",
              "vocab.txt", "a WordPiece vocabulary"));

  private static final long LARGEST_TOKENIZER = 40L << 20; // the largest known has 33 MB
  private static final long LARGEST_CONFIG = 4L << 20;

  private HubTokenizer() {}

  /**
   * Reads them. Where they do not make a tokenizer the result says why: weights are of use without.
   *
   * @throws FresnelException if a file is none: a pointer, a pipe, a link out of the folder
   */
  static TokenizerOrReason open(Path folder, LoadOptions options) {
    byte[] config = bytes(folder, "tokenizer_config.json", LARGEST_CONFIG);
    byte[] map = bytes(folder, "special_tokens_map.json", LARGEST_CONFIG);
    byte[] added = bytes(folder, "added_tokens.json", LARGEST_CONFIG);
    byte[] json = bytes(folder, "tokenizer.json", LARGEST_TOKENIZER);
    VocabularyFiles files = null;
    if (json == null) {
      byte[] vocabulary = bytes(folder, VOCABULARY.get(0), LARGEST_TOKENIZER);
      byte[] merges = bytes(folder, VOCABULARY.get(1), LARGEST_TOKENIZER);
      if (vocabulary == null || merges == null) {
        return TokenizerOrReason.none(reason(folder, vocabulary != null, merges != null));
      }
      files = new VocabularyFiles(vocabulary, merges, config, map, added);
    }
    try {
      byte[] whole = files == null ? json : files.json().getBytes(StandardCharsets.UTF_8);
      return TokenizerOrReason.of(
          tokenizer(whole, TokenizerSettings.read(config, map, added), options));
    } catch (FresnelException e) {
      return TokenizerOrReason.unusable(e);
    }
  }

  private static Tokenizer tokenizer(byte[] json, TokenizerSettings settings, LoadOptions options) {
    var tokenizer = Tokenizer.fromJson(json, settings, options.tokenizer());
    settings.remarks().forEach(options.progress()::remark);
    UnreadKeys.remark("tokenizer.json", tokenizer.unreadKeys())
        .ifPresent(options.progress()::remark);
    return tokenizer;
  }

  private static String reason(Path folder, boolean vocabulary, boolean merges) {
    if (vocabulary || merges) {
      return "has a %s without the %s that belongs to it: fetch both into %s"
          .formatted(
              VOCABULARY.get(vocabulary ? 0 : 1), VOCABULARY.get(vocabulary ? 1 : 0), folder);
    }
    return UNREAD.entrySet().stream()
        .filter(file -> Files.exists(folder.resolve(file.getKey())))
        .findFirst()
        .map(
            file ->
                "has %s (%s in %s), which is not read. %s"
                    .formatted(
                        file.getValue(), file.getKey(), folder, VocabularyFiles.HOW_TO_CONVERT))
        .orElse(TokenizerOrReason.NONE.reason());
  }

  private static byte @Nullable [] bytes(Path folder, String name, long most) {
    Path file = InputFile.ofFolder(folder, name);
    if (!Files.exists(file)) {
      return null;
    }
    LfsPointer.refuse(file);
    return InputFile.bytes(file, most);
  }
}
