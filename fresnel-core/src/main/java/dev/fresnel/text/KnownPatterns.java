package dev.fresnel.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.file.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
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
    static final Map<String, String> BY_PUBLISHERS = read();
    static final Set<String> PATTERNS = Set.copyOf(BY_PUBLISHERS.values());
  }

  static boolean contains(String pattern) {
    return Loaded.PATTERNS.contains(pattern);
  }

  static Set<String> all() {
    return Loaded.PATTERNS;
  }

  /** The pattern of these publishers, as the list calls them. */
  static String of(String publishers) {
    String pattern = Loaded.BY_PUBLISHERS.get(publishers);
    if (pattern == null) {
      throw new IllegalArgumentException(LIST + " has no pattern of " + publishers);
    }
    return pattern;
  }

  private static Map<String, String> read() {
    try (InputStream in = KnownPatterns.class.getResourceAsStream(LIST)) {
      if (in == null) {
        throw new IllegalStateException(LIST + " is not on the class path");
      }
      var patterns = new HashMap<String, String>();
      for (JsonNode entry : Json.tree(in.readAllBytes())) {
        patterns.put(entry.get("publishers").textValue(), entry.get("pattern").textValue());
      }
      return Map.copyOf(patterns);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
