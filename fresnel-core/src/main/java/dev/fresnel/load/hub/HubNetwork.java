package dev.fresnel.load.hub;

import dev.fresnel.error.FresnelException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How to reach the hub, from the environment variables of the Python client and of the shell's
 * tools. It is read only when the hub is asked, so that a mistake here never disturbs a model that
 * is on this machine.
 *
 * @param endpoint the hub's address, without a slash at its end
 * @param token the access token; null for none
 * @param metadataTimeout the longest wait for an answer about a file
 * @param dataTimeout the longest time without data during a download
 * @param proxies the proxies to go through
 * @param roots the certificates to trust; null for Java's own
 */
record HubNetwork(
    URI endpoint,
    @Nullable AccessToken token,
    Duration metadataTimeout,
    Duration dataTimeout,
    ProxyVariables proxies,
    @Nullable TrustedRoots roots) {
  static final String PUBLIC_HUB = "https://huggingface.co";

  /** The Python client's default for both timeouts, in seconds. */
  private static final int USUAL_SECONDS = 10;

  static HubNetwork of(Map<String, String> environment, Path home) {
    return new HubNetwork(
        endpoint(environment),
        AccessToken.find(environment, HubSettings.tokenFile(environment, home)),
        seconds(environment, "HF_HUB_ETAG_TIMEOUT"),
        seconds(environment, "HF_HUB_DOWNLOAD_TIMEOUT"),
        new ProxyVariables(environment),
        TrustedRoots.find(environment));
  }

  static URI endpoint(Map<String, String> environment) {
    String value = environment.getOrDefault("HF_ENDPOINT", "");
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
