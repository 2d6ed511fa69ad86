package dev.fresnel.load;

import dev.fresnel.file.InputFile;
import dev.fresnel.text.Tokenizer;
import dev.fresnel.text.TokenizerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The tokenizer of a folder: tokenizer.json, and the small files beside it that change it. */
final class HubTokenizer {
  private static final long LARGEST_TOKENIZER = 40L << 20; // the largest known has 33 MB
  private static final long LARGEST_CONFIG = 4L << 20;

  private HubTokenizer() {}

  /** Null where the folder has no tokenizer.json. */
  static @Nullable Tokenizer open(Path folder, LoadOptions options) {
    byte[] json = bytes(folder, "tokenizer.json", LARGEST_TOKENIZER);
    if (json == null) {
      return null;
    }
    var settings =
        TokenizerSettings.read(
            bytes(folder, "tokenizer_config.json", LARGEST_CONFIG),
            bytes(folder, "special_tokens_map.json", LARGEST_CONFIG),
            bytes(folder, "added_tokens.json", LARGEST_CONFIG));
    settings.remarks().forEach(options.progress()::remark);
    return Tokenizer.fromJson(json, settings, options.tokenizer());
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
