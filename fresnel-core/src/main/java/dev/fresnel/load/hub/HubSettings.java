package dev.fresnel.load.hub;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the cache is and whether the hub may be asked, from the environment variables of the Python
 * client. What is needed only to ask the hub is in {@link HubNetwork}. docs/ENVIRONMENT.md lists
 * all variables.
 *
 * @param cache the cache's folder
 * @param offlineBy the variable that forbids to contact the hub; null if it may be contacted
 * @param withoutBars whether the listener is not told how many bytes have arrived
 */
record HubSettings(Path cache, @Nullable String offlineBy, boolean withoutBars) {
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");

  static HubSettings of(Map<String, String> environment, Path home) {
    var paths = new PathVariables(environment, home);
    Path cache = paths.first("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE");
    return new HubSettings(
        cache == null ? folder(paths).resolve("hub") : cache,
        offlineBy(environment),
        isTrue(environment, "HF_HUB_DISABLE_PROGRESS_BARS"));
  }

  /** The folder of the Python client, with its cache and its token. */
  private static Path folder(PathVariables paths) {
    Path folder = paths.first("HF_HOME");
    if (folder != null) {
      return folder;
    }
    Path caches = paths.first("XDG_CACHE_HOME");
    return (caches == null ? paths.knownHome("models go to ~/.cache").resolve(".cache") : caches)
        .resolve("huggingface");
  }

  /** The file that logging in writes; null where no home folder is known. */
  static @Nullable Path tokenFile(Map<String, String> environment, Path home) {
    var paths = new PathVariables(environment, home);
    Path file = paths.first("HF_TOKEN_PATH");
    if (file != null) {
      return file;
    }
    boolean known = home.isAbsolute() || paths.first("HF_HOME", "XDG_CACHE_HOME") != null;
    return known ? folder(paths).resolve("token") : null;
  }

  /** As in Python, the first of the two that is not empty decides. */
  private static @Nullable String offlineBy(Map<String, String> environment) {
    String name =
        environment.getOrDefault("HF_HUB_OFFLINE", "").isEmpty()
            ? "TRANSFORMERS_OFFLINE"
            : "HF_HUB_OFFLINE";
    return isTrue(environment, name) ? name : null;
  }

  static boolean isTrue(Map<String, String> environment, String name) {
    return TRUE.contains(environment.getOrDefault(name, "").toUpperCase(Locale.ROOT));
  }

  boolean offline() {
    return offlineBy != null;
  }
}
