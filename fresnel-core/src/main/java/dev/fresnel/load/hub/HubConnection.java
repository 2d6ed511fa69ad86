package dev.fresnel.load.hub;

import dev.fresnel.load.hub.HubException.Reason;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Sends single requests, directly or through a proxy. A failure says which host it is about: the
 * one that was asked, or the proxy.
 */
final class HubConnection {
  /**
   * Java refuses to send a password to a proxy before it opens a tunnel, unless this property is
   * empty. It is read once, when the first client of the process is made.
   */
  private static final String REFUSED_SCHEMES = "jdk.http.auth.tunneling.disabledSchemes";

  /** What Java's client says if a proxy opens no tunnel. */
  private static final Pattern NO_TUNNEL = Pattern.compile("Tunnel failed, got: (\\d{3})");

  private final HubNetwork network;
  private final HttpClient client;

  HubConnection(HubNetwork network) {
    this.network = network;
    if (network.proxies().havePassword() && System.getProperty(REFUSED_SCHEMES) == null) {
      System.setProperty(REFUSED_SCHEMES, "");
    }
    var builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(network.metadataTimeout())
            .proxy(new Selector());
    if (network.roots() != null) {
      builder.sslContext(network.roots().context());
    }
    client = builder.build();
  }

  /** The environment's proxies; where it names none, those of Java's own properties. */
  private final class Selector extends ProxySelector {
    @Override
    public List<Proxy> select(URI uri) {
      var proxy = network.proxies().of(uri);
      if (proxy.isPresent()) {
        var address = new InetSocketAddress(proxy.get().host(), proxy.get().port());
        return List.of(new Proxy(Proxy.Type.HTTP, address));
      }
      ProxySelector usual = ProxySelector.getDefault();
      return usual == null || network.proxies().isExempt(uri)
          ? List.of(Proxy.NO_PROXY)
          : usual.select(uri);
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException e) {
      // the request fails with the same reason
    }
  }

  /**
   * Sends a request; the reply's body has not been read.
   *
   * @param timeout the longest time until the reply's headers have arrived
   * @throws HubException if another try cannot help
   */
  HttpResponse<TimedBody> send(HttpRequest.Builder request, URI uri, Duration timeout)
      throws IOException {
    @Nullable HubProxy proxy = network.proxies().of(uri).orElse(null);
    if (proxy != null && proxy.authorization() != null) {
      request.setHeader("Proxy-Authorization", proxy.authorization());
    }
    try {
      var reply = client.send(request.build(), info -> new TimedBody(timeout));
      if (reply.statusCode() == 407 && proxy != null) {
        if (reply.body() != null) { // null where no tunnel was opened
          reply.body().close();
        }
        throw wantsPassword(proxy);
      }
      return reply;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HubException(
          Reason.INTERRUPTED, uri.getHost() + ": interrupted while waiting for an answer", e);
    } catch (
        IllegalArgumentException e) { // Java's client throws this for an invalid Content-Length
      throw new IOException(uri.getHost() + " answers what is no HTTP: " + e.getMessage(), e);
    } catch (ConnectException e) {
      throw unconnected(proxy == null ? host(uri) : proxy.toString(), e);
    } catch (SSLException e) {
      throw TlsFailures.of(e, host(uri), network.roots());
    } catch (IOException e) {
      throw proxy == null ? e : throughProxy(e, proxy, uri);
    }
  }

  /** The way to an address, for error messages: empty, or {@code " through the proxy …"}. */
  String way(URI uri) {
    return network.proxies().of(uri).map(proxy -> " through " + proxy).orElse("");
  }

  private static String host(URI uri) {
    return uri.getScheme() + "://" + uri.getAuthority();
  }

  private static ConnectException unconnected(String peer, ConnectException e) {
    boolean unknown = false;
    String detail = e.getMessage();
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      unknown = unknown || cause instanceof UnresolvedAddressException;
      detail = cause.getMessage() == null ? detail : cause.getMessage();
    }
    String reason = unknown ? "its name has no address" : detail;
    var told =
        new ConnectException(
            "no connection to " + peer + " could be made" + (reason == null ? "" : ": " + reason));
    told.initCause(e);
    return told;
  }

  private static HubException wantsPassword(HubProxy proxy) {
    String advice =
        proxy.authorization() == null
            ? "asks for user and password: write them into the variable as"
                + " http://USER:PASSWORD@HOST:PORT, special characters percent-encoded"
            : "does not accept the user and the password that the variable has. If they are right,"
                + " a client that this program made before has read Java's settings: start Java with -D"
                + REFUSED_SCHEMES
                + "=";
    return new HubException(Reason.UNREACHABLE, proxy + " " + advice);
  }

  private static IOException throughProxy(IOException e, HubProxy proxy, URI uri) {
    Matcher refused = NO_TUNNEL.matcher(String.valueOf(e.getMessage()));
    if (!refused.find()) {
      return new IOException(proxy + ": " + Retries.reason(e), e);
    }
    String message = proxy + " answers " + refused.group(1) + " to a request for " + host(uri);
    int status = Integer.parseInt(refused.group(1));
    if (status == 407) {
      throw wantsPassword(proxy);
    }
    if (!HubHttp.RETRYABLE.contains(status)) {
      throw new HubException(
          Reason.UNREACHABLE, message + ". Ask its owners, or name the host in no_proxy", e);
    }
    return new Transient(message, null);
  }
}
