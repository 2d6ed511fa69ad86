package dev.fresnel.viz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The front end, built from {@code src/main/frontend}: the scripts and the style sheet of a page.
 */
final class Bundle {
  /** On every page: the shell, the attention explorer, heat maps, coloured tokens. */
  static final String SCRIPT = read("fresnel.js");

  /** The other figures. A page that has one runs it after {@link #SCRIPT}. */
  static final String MORE = read("fresnel-more.js");

  static final String STYLE = read("page.css");

  private Bundle() {}

  /** A policy by which a page fetches nothing, and runs no script but these. */
  static String contentSecurityPolicy(List<String> scripts) {
    return "default-src 'none'; script-src "
        + scripts.stream().map(s -> "'sha256-" + sha256(s) + "'").collect(Collectors.joining(" "))
        + "; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'";
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
