package dev.fresnel.load.hub;

import dev.fresnel.error.FresnelException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Variables whose values are paths, expanded as {@code huggingface_hub} does it: first a {@code ~}
 * at the start, then {@code $NAME} and <code>${NAME}</code>. An empty variable counts as unset.
 *
 * @param home the folder that {@code ~} stands for; a relative path where none is known
 */
record PathVariables(Map<String, String> environment, Path home) {
  private static final Pattern VARIABLE = Pattern.compile("\\$(?:(\\w+)|\\{([^}]*)})");

  @Override
  public String toString() {
    return "variables with " + home + " as ~"; // not the values: there are secrets among them
  }

  /** The first of these variables that is set; null if none is. */
  @Nullable Path first(String... names) {
    for (String name : names) {
      String value = environment.getOrDefault(name, "");
      if (!value.isBlank()) {
        return expanded(name, value);
      }
    }
    return null;
  }

  private Path expanded(String name, String value) {
    String start = value;
    if (value.startsWith("~")) {
      if (value.length() > 1 && value.charAt(1) != '/' && value.charAt(1) != '\\') {
        throw new FresnelException(
            name
                + " is "
                + value
                + ": only ~ itself is known here, not the home of another user. Write the whole path");
      }
      start = knownHome(name + " is " + value) + value.substring(1);
    }
    try {
      return Path.of(VARIABLE.matcher(start).replaceAll(this::value));
    } catch (InvalidPathException e) {
      throw new FresnelException(
          name + " is " + value + ", which cannot be a path on this system", e);
    }
  }

  /** The value of a variable; what is unknown stays as it is written. */
  private String value(java.util.regex.MatchResult found) {
    String name = found.group(1) != null ? found.group(1) : found.group(2);
    return Matcher.quoteReplacement(environment.getOrDefault(name, found.group()));
  }

  /**
   * The home folder.
   *
   * @param reason why it is needed, in words for the error message
   */
  Path knownHome(String reason) {
    if (!home.isAbsolute()) {
      throw new FresnelException(
          reason
              + ", but this user has no home folder: HOME is no absolute path, and the system knows"
              + " none. Set HOME, or HF_HUB_CACHE to the folder for downloaded models");
    }
    return home;
  }
}
