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
  /** On every page: the shell, and what all figures share. */
  static final String SCRIPT = read("fresnel.js");

  /** The explorer of attention. */
  static final String ATTENTION = read("fresnel-attention.js");

  /** Coloured tokens. */
  static final String TOKENS = read("fresnel-tokens.js");

  /** Heat maps. */
  static final String MAPS = read("fresnel-maps.js");

  /** The other figures. */
  static final String MORE = read("fresnel-more.js");

  static final String STYLE = read("page.css");

  private Bundle() {}

  /** The script that defines a custom element. */
  static String script(String element) {
    return switch (element) {
      case "fresnel-tokens" -> TOKENS;
      case "fresnel-attention" -> ATTENTION;
      case "fresnel-heatmap" -> MAPS;
      default -> MORE;
    };
  }

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
