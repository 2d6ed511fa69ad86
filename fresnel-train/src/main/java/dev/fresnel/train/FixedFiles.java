package dev.fresnel.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.WholeFile;
import dev.fresnel.load.TransformerLensFiles;
import dev.fresnel.model.config.ModelConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files of a model that stay the same while it is trained: configuration and tokenizer. */
final class FixedFiles {
  private final Map<String, byte[]> files = new LinkedHashMap<>();

  /**
   * @param tokenizerJson null for a model without a tokenizer
   * @throws FresnelException if TransformerLens has no such configuration
   */
  FixedFiles(ModelConfig config, byte @Nullable [] tokenizerJson) {
    if (tokenizerJson != null) {
      files.put("tokenizer.json", tokenizerJson);
    }
    files.put("config.json", json(config));
  }

  private static byte[] json(ModelConfig config) {
    try {
      String json =
          TrainingJson.writer()
              .withDefaultPrettyPrinter()
              .writeValueAsString(TransformerLensFiles.fields(config));
      return (json + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new FresnelException(
          "a configuration cannot be written down: " + TrainingJson.reason(e), e);
    }
  }

  void write(Path folder) {
    files.forEach((name, bytes) -> WholeFile.write(folder.resolve(name), bytes));
  }

  boolean areIn(Path folder) {
    return files.entrySet().stream()
        .allMatch(file -> isFile(folder.resolve(file.getKey()), file.getValue()));
  }

  private static boolean isFile(Path file, byte[] bytes) {
    try {
      return Files.isRegularFile(file)
          && Files.size(file) == bytes.length
          && Arrays.equals(Files.readAllBytes(file), bytes);
    } catch (IOException unreadable) {
      return false;
    }
  }

  /** Writes those that are not there. */
  void writeMissing(Path folder) {
    files.forEach(
        (name, bytes) -> {
          if (!Files.exists(folder.resolve(name))) {
            WholeFile.write(folder.resolve(name), bytes);
          }
        });
  }
}
