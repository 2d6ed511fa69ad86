package dev.fresnel.load.hub;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which proxy an address is asked through, by the variables {@code http_proxy}, {@code
 * https_proxy}, {@code all_proxy} and {@code no_proxy}, in small or capital letters; small ones
 * win. The rules are those of Python's {@code requests} and of curl. In {@code no_proxy} stand
 * hosts and domains with all that is below them, each perhaps with a port, IPv4 networks such as
 * {@code 10.0.0.0/8}, or {@code *} for all.
 */
final class ProxyVariables {
  private static final Pattern IPV4 =
      Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
  private static final Pattern NETWORK = Pattern.compile("([\\d.]+)/(\\d{1,2})");

  private final Map<String, String> environment;

  ProxyVariables(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * The proxy for an address; empty if it is asked directly.
   *
   * @throws dev.fresnel.error.FresnelException if the variable names no HTTP proxy
   */
  Optional<HubProxy> of(URI uri) {
    for (String scheme : new String[] {uri.getScheme().toLowerCase(Locale.ROOT), "all"}) {
      String variable = named(scheme + "_proxy");
      String value = environment.getOrDefault(variable, "").strip();
      if (!value.isEmpty()) {
        return isExempt(uri) ? Optional.empty() : Optional.of(HubProxy.of(variable, value));
      }
    }
    return Optional.empty();
  }

  /** Whether a proxy is to be told a user and a password. */
  boolean havePassword() {
    return List.of("http_proxy", "https_proxy", "all_proxy").stream()
        .anyMatch(name -> environment.getOrDefault(named(name), "").contains("@"));
  }

  /** Whether {@code no_proxy} names the address. */
  boolean isExempt(URI uri) {
    String host = uri.getHost().toLowerCase(Locale.ROOT).replaceAll("[\\[\\]]", "");
    String withPort = host + ":" + uri.getPort();
    for (String entry : environment.getOrDefault(named("no_proxy"), "").split(",")) {
      String name = entry.strip().toLowerCase(Locale.ROOT).replaceFirst("^\\.+", "");
      boolean same =
          name.equals("*")
              || name.equals(host)
              || name.equals(withPort)
              || isInNetwork(host, name)
              || (!name.isEmpty() && (host.endsWith("." + name) || withPort.endsWith("." + name)));
      if (same) {
        return true;
      }
    }
    return false;
  }

  /** The spelling that counts: the small one if it is set, even to nothing. */
  private String named(String small) {
    return environment.containsKey(small) ? small : small.toUpperCase(Locale.ROOT);
  }

  private static boolean isInNetwork(String host, String network) {
    Matcher parts = NETWORK.matcher(network);
    if (!parts.matches() || Integer.parseInt(parts.group(2)) > 32) {
      return false;
    }
    long address = ipv4(host);
    long base = ipv4(parts.group(1));
    int free = 32 - Integer.parseInt(parts.group(2));
    return address >= 0 && base >= 0 && address >> free == base >> free;
  }

  /** The address as a number; -1 if the text is none. */
  private static long ipv4(String text) {
    Matcher bytes = IPV4.matcher(text);
    long address = bytes.matches() ? 0 : -1;
    for (int i = 1; i <= 4 && address >= 0; i++) {
      int part = Integer.parseInt(bytes.group(i));
      address = part > 255 ? -1 : address << 8 | part;
    }
    return address;
  }

  @Override
  public String toString() {
    return "the environment's proxies"; // not their values: there are passwords among them
  }
}
