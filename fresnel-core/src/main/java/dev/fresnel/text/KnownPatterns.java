package dev.fresnel.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.file.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Set;

/**
 * The regular expressions of known tokenizers, which {@link RegexCheck} cannot all prove. The list
 * is {@code known-patterns.json}: each pattern as published, and who publishes it.
 */
final class KnownPatterns {
  private static final String LIST = "known-patterns.json";

  private KnownPatterns() {}

  /** Read with the first pattern; most tokenizers have none. */
  private static final class Loaded {
    static final Set<String> PATTERNS = read();
  }

  static boolean contains(String pattern) {
    return Loaded.PATTERNS.contains(pattern);
  }

  static Set<String> all() {
    return Loaded.PATTERNS;
  }

  private static Set<String> read() {
    try (InputStream in = KnownPatterns.class.getResourceAsStream(LIST)) {
      if (in == null) {
        throw new IllegalStateException(LIST + " is not on the class path");
      }
      var patterns = new HashSet<String>();
      for (JsonNode entry : Json.tree(in.readAllBytes())) {
        patterns.add(entry.get("pattern").textValue());
      }
      return Set.copyOf(patterns);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
