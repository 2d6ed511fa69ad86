package dev.fresnel.load;

import dev.fresnel.file.InputFile;
import dev.fresnel.text.SpecialTokens;
import dev.fresnel.text.Tokenizer;
import dev.fresnel.text.TokenizerTrust;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer of a folder: tokenizer.json, and the two small files that name its special tokens.
 */
final class HubTokenizer {
  private static final long LARGEST_TOKENIZER = 40L << 20; // the largest known has 33 MB
  private static final long LARGEST_CONFIG = 4L << 20;

  private HubTokenizer() {}

  /** Null where the folder has no tokenizer.json. */
  static @Nullable Tokenizer open(Path folder, TokenizerTrust trust) {
    byte[] json = bytes(folder, "tokenizer.json", LARGEST_TOKENIZER);
    if (json == null) {
      return null;
    }
    var special =
        SpecialTokens.read(
            bytes(folder, "tokenizer_config.json", LARGEST_CONFIG),
            bytes(folder, "special_tokens_map.json", LARGEST_CONFIG));
    return Tokenizer.fromJson(json, special, trust);
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
