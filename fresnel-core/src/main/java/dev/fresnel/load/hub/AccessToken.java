package dev.fresnel.load.hub;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What lets a user see private and gated repositories. Sent to the endpoint alone, and never shown.
 *
 * @param source where it came from, as a user would name it
 */
record Token(String secret, String source) {
  private static final int LONGEST = 4096;

  /** {@code HF_TOKEN}, else the file that logging in with the Python client writes. */
  static @Nullable Token find(Map<String, String> environment, Path file) {
    String value = environment.getOrDefault("HF_TOKEN", "").strip();
    if (!value.isEmpty()) {
      return checked(value, "HF_TOKEN");
    }
    try {
      if (!Files.isRegularFile(file)) {
        return null;
      }
      String text = Files.size(file) > LONGEST ? "\n\n" : Files.readString(file).strip();
      return text.isEmpty() ? null : checked(text, file.toString());
    } catch (IOException e) {
      throw new FresnelException("the hub's token in " + file + " cannot be read: " + e, e);
    }
  }

  private static Token checked(String value, String source) {
    if (value.length() > LONGEST || !value.matches("[\\x21-\\x7e]+")) {
      throw new FresnelException(
          "what stands in "
              + source
              + " cannot be a token of the hub: a token is one short word. Correct or remove it");
    }
    return new Token(value, source);
  }

  String header() {
    return "Bearer " + secret;
  }

  @Override
  public String toString() {
    return "the token in " + source;
  }
}
