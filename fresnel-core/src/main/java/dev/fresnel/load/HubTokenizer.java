package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.text.SpecialTokens;
import dev.fresnel.text.Tokenizer;
import java.io.IOException;
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
  static @Nullable Tokenizer open(Path folder) {
    byte[] json = bytes(folder.resolve("tokenizer.json"), LARGEST_TOKENIZER);
    if (json == null) {
      return null;
    }
    var special =
        SpecialTokens.read(
            bytes(folder.resolve("tokenizer_config.json"), LARGEST_CONFIG),
            bytes(folder.resolve("special_tokens_map.json"), LARGEST_CONFIG));
    return Tokenizer.fromJson(json, special);
  }

  private static byte @Nullable [] bytes(Path file, long most) {
    try {
      if (!Files.isRegularFile(file)) {
        return null;
      }
      LfsPointer.refuse(file);
      if (Files.size(file) > most) {
        throw new FresnelException(
            file + " has " + Files.size(file) + " bytes; at most " + most + " are read");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new FresnelException(file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
