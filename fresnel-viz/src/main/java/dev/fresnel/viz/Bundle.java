package dev.fresnel.viz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The front end, built from {@code src/main/frontend}: the script and the style sheet of a page.
 */
final class Bundle {
  static final String SCRIPT = read("fresnel.js");
  static final String STYLE = read("page.css");

  private Bundle() {}

  /** A policy by which a page fetches nothing, and runs no script but {@link #SCRIPT}. */
  static String contentSecurityPolicy() {
    return "default-src 'none'; script-src 'sha256-"
        + sha256(SCRIPT)
        + "'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'";
  }

  private static String sha256(String text) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return Base64.getEncoder()
          .encodeToString(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static String read(String name) {
    try (var stream = Bundle.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException("the resource dev/fresnel/viz/" + name + " is missing");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
