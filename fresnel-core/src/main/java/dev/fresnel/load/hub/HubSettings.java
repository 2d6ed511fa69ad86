package dev.fresnel.load.hub;

import dev.fresnel.error.FresnelException;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of the hub and of its cache, from the environment variables of the Python client:
 * {@code HF_ENDPOINT}, {@code HF_HUB_CACHE}, {@code HF_HOME}, {@code XDG_CACHE_HOME}, {@code
 * HF_TOKEN}, {@code HF_TOKEN_PATH}, {@code HF_HUB_OFFLINE}, {@code HF_HUB_ETAG_TIMEOUT}, {@code
 * HF_HUB_DOWNLOAD_TIMEOUT}.
 *
 * @param cache the cache's folder
 * @param endpoint the hub's address, without a slash at its end
 * @param token the access token; null for none
 * @param offline whether the hub must not be contacted
 * @param metadataTimeout the longest wait for an answer about a file
 * @param dataTimeout the longest time without data during a download
 */
record HubSettings(
    Path cache,
    URI endpoint,
    @Nullable AccessToken token,
    boolean offline,
    Duration metadataTimeout,
    Duration dataTimeout) {
  static final String PUBLIC_HUB = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");

  /** The Python client's default for both timeouts, in seconds. */
  private static final int USUAL_SECONDS = 10;

  static HubSettings of(Map<String, String> environment, Path home) {
    Path hf = folder(environment, "HF_HOME", home);
    if (hf == null) {
      Path caches = folder(environment, "XDG_CACHE_HOME", home);
      hf = (caches == null ? home.resolve(".cache") : caches).resolve("huggingface");
    }
    Path cache = folder(environment, "HF_HUB_CACHE", home);
    Path tokenFile = folder(environment, "HF_TOKEN_PATH", home);
    return new HubSettings(
        cache == null ? hf.resolve("hub") : cache,
        endpoint(environment.getOrDefault("HF_ENDPOINT", "")),
        AccessToken.find(environment, tokenFile == null ? hf.resolve("token") : tokenFile),
        TRUE.contains(
            environment.getOrDefault("HF_HUB_OFFLINE", "").strip().toUpperCase(Locale.ROOT)),
        seconds(environment, "HF_HUB_ETAG_TIMEOUT"),
        seconds(environment, "HF_HUB_DOWNLOAD_TIMEOUT"));
  }

  private static @Nullable Path folder(Map<String, String> environment, String name, Path home) {
    String value = environment.getOrDefault(name, "");
    if (value.isBlank()) {
      return null;
    }
    try {
      return value.equals("~") || value.startsWith("~/")
          ? home.resolve(value.substring(Math.min(2, value.length())))
          : Path.of(value);
    } catch (InvalidPathException e) {
      throw new FresnelException(
          name + " is " + value + ", which cannot be a path on this system", e);
    }
  }

  private static URI endpoint(String value) {
    String text = value.isBlank() ? PUBLIC_HUB : value.strip().replaceAll("/+$", "");
    try {
      URI uri = URI.create(text);
      boolean web =
          "https".equalsIgnoreCase(uri.getScheme()) || "http".equalsIgnoreCase(uri.getScheme());
      if (web && uri.getHost() != null && uri.getQuery() == null && uri.getUserInfo() == null) {
        return uri;
      }
    } catch (IllegalArgumentException notAnAddress) {
      // refused below
    }
    throw new FresnelException(
        "HF_ENDPOINT is " + value + ", but must be the address of a hub, such as " + PUBLIC_HUB);
  }

  private static Duration seconds(Map<String, String> environment, String name) {
    String value = environment.getOrDefault(name, "").strip();
    if (!value.matches("\\d{0,6}")) {
      throw new FresnelException(name + " is " + value + ", but must be a whole number of seconds");
    }
    int seconds = value.isEmpty() ? 0 : Integer.parseInt(value);
    return Duration.ofSeconds(seconds == 0 ? USUAL_SECONDS : seconds);
  }
}
