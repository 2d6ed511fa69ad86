package dev.fresnel.load.hub;

import dev.fresnel.error.FresnelException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy.
 *
 * @param variable the environment variable that names it
 * @param authorization the header that tells the proxy user and password; null for none
 */
record HubProxy(String variable, String host, int port, @Nullable String authorization) {
  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?:(?<scheme>[A-Za-z][\\w+.-]*)://)?(?<at>[^/?#]*)(?:[/?#].*)?", Pattern.DOTALL);
  private static final Pattern HOST =
      Pattern.compile("(?<host>\\[[0-9A-Fa-f:.]+]|[^:\\[\\]@\\s]+)(?::(?<port>\\d{0,5}))?");

  /** The port where the address names none, as for every http address. */
  private static final int USUAL_PORT = 80;

  /**
   * Reads {@code [http://][USER:PASSWORD@]HOST[:PORT]}; user and password are percent-encoded.
   *
   * @throws FresnelException for any other kind of proxy
   */
  static HubProxy of(String variable, String value) {
    Matcher address = ADDRESS.matcher(value.strip());
    String scheme = "http";
    String at = "";
    if (address.matches()) {
      scheme = address.group("scheme") == null ? scheme : address.group("scheme");
      at = address.group("at");
    }
    if (!scheme.equalsIgnoreCase("http")) {
      throw new FresnelException(
          variable
              + " names a proxy of the kind "
              + scheme.toLowerCase(Locale.ROOT)
              + "://, which is not supported; http:// proxies are, for https:// addresses too. Set "
              + variable
              + " to an http:// proxy, or unset it, or name the hub in no_proxy");
    }
    int end = at.lastIndexOf('@');
    Matcher host = HOST.matcher(at.substring(end + 1));
    int port = host.matches() ? port(host.group("port")) : -1;
    if (port < 0) {
      throw new FresnelException(
          variable + " is no address of a proxy: write http://[USER:PASSWORD@]HOST:PORT");
    }
    return new HubProxy(variable, host.group("host"), port, end < 0 ? null : basic(at, end));
  }

  private static int port(@Nullable String digits) {
    int port = digits == null || digits.isEmpty() ? USUAL_PORT : Integer.parseInt(digits);
    return port >= 1 && port <= 65_535 ? port : -1;
  }

  private static String basic(String at, int end) {
    String user = at.substring(0, end);
    int colon = user.indexOf(':');
    String pair =
        colon < 0
            ? decoded(user) + ":"
            : decoded(user.substring(0, colon)) + ":" + decoded(user.substring(colon + 1));
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notEncoded) {
      return text;
    }
  }

  /** For error messages; without the password. */
  @Override
  public String toString() {
    return "the proxy http://" + host + ":" + port + " (" + variable + ")";
  }
}
