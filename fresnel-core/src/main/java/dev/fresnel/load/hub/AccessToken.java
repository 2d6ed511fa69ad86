package dev.fresnel.load.hub;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The access token for private and gated repositories. It is sent only to the endpoint, and never
 * shown.
 *
 * @param source where it came from, in words for error messages
 */
record AccessToken(String secret, String source) {
  /** Characters. */
  private static final int LONGEST = 4096;

  /** The newer name wins. */
  private static final List<String> VARIABLES = List.of("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN");

  /**
   * The token in the environment, or else in the file that the Python client's login writes; null
   * for none, or if HF_HUB_DISABLE_IMPLICIT_TOKEN says that none is to be sent.
   *
   * @param file null where no home folder is known
   */
  static @Nullable AccessToken find(Map<String, String> environment, @Nullable Path file) {
    if (HubSettings.isTrue(environment, "HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
      return null;
    }
    for (String name : VARIABLES) {
      String value = environment.getOrDefault(name, "").strip();
      if (!value.isEmpty()) {
        return checked(value, name);
      }
    }
    try {
      if (file == null || !Files.isRegularFile(file)) {
        return null;
      }
      String text = Files.size(file) > LONGEST ? "\n\n" : Files.readString(file).strip();
      return text.isEmpty() ? null : checked(text, file.toString());
    } catch (IOException e) {
      throw new FresnelException(
          "the hub's token in " + file + " cannot be read: " + InputFile.reason(e), e);
    }
  }

  private static AccessToken checked(String value, String source) {
    if (value.length() > LONGEST || !value.matches("[\\x21-\\x7e]+")) {
      throw new FresnelException(
          "what stands in "
              + source
              + " cannot be a token of the hub: a token is one short word. Correct or remove it");
    }
    return new AccessToken(value, source);
  }

  String header() {
    return "Bearer " + secret;
  }

  @Override
  public String toString() {
    return "the token in " + source;
  }
}
