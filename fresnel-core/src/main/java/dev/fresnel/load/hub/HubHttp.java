package dev.fresnel.load.hub;

import dev.fresnel.load.hub.HubException.Reason;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The hub's HTTP protocol. This class follows redirects itself, because only the endpoint may
 * receive the token, not the hosts that it redirects to.
 */
final class HubHttp {
  private static final int MOST_REDIRECTS = 10;

  /** Bytes. */
  private static final int LARGEST_LISTING = 24 << 20;

  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  /** Statuses worth another attempt. */
  static final Set<Integer> RETRYABLE = Set.of(408, 429, 500, 502, 503, 504);

  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-\\d+/.*");

  private final HubNetwork network;
  private final Retries.Pause pause;
  private final HubListener listener;
  private final Refusals refusals;
  private final HubConnection connection;

  HubHttp(HubNetwork network, Retries.Pause pause, HubListener listener) {
    this.network = network;
    this.pause = pause;
    this.listener = listener;
    refusals = new Refusals(network);
    connection = new HubConnection(network);
  }

  Refusals refusals() {
    return refusals;
  }

  /** A response whose body has not been read. */
  private record Reply(HttpResponse<TimedBody> last, Headers first, boolean isOfDataHost) {
    int status() {
      return last.statusCode();
    }
  }

  /**
   * The hub's own headers, from the first response that has them; those of a data host do not
   * count.
   */
  private static final class Headers {
    private @Nullable String etag;
    private @Nullable String size;

    void see(HttpResponse<?> reply) {
      var headers = reply.headers();
      etag = etag != null ? etag : headers.firstValue("X-Linked-Etag").orElse(null);
      size = size != null ? size : headers.firstValue("X-Linked-Size").orElse(null);
    }
  }

  /**
   * A response body and the offset of its first byte, or -1 if the server did not accept the
   * requested range.
   */
  record Data(TimedBody body, long start, Pace pace) implements AutoCloseable {
    @Override
    public void close() {
      body.close();
    }
  }

  Retries retries(String what) {
    return new Retries(what, pause, listener);
  }

  /** Asks for a revision's commit and its list of files. */
  Listing listing(HubId id) {
    URI uri = uri("api/models/" + id.repository() + "/revision/" + encoded(id.revision()));
    return withRetries(
        id.toString(),
        () -> {
          Duration wait = network.metadataTimeout();
          Reply reply = send("GET", uri, wait, -1, Redirects.ON_THE_ENDPOINT);
          try (TimedBody body = reply.last.body()) {
            requireSuccess(reply, id, null);
            String what = id + ": the listing of " + reply.last.uri().getHost();
            return Listing.parse(id, body.all(LARGEST_LISTING, Pace.window(wait), what));
          }
        });
  }

  /** Asks for a file's ETag and size. */
  RemoteFile head(HubId id, String file) {
    return withRetries(
        file + " of " + id,
        () -> {
          Reply reply =
              send(
                  "HEAD",
                  resolve(id, file),
                  network.metadataTimeout(),
                  -1,
                  Redirects.ON_THE_ENDPOINT);
          reply.last.body().close();
          var headers = reply.last.headers();
          boolean elsewhere = REDIRECTS.contains(reply.status());
          if (!elsewhere) {
            requireSuccess(reply, id, file);
          }
          String etag =
              reply.first.etag != null ? reply.first.etag : headers.firstValue("ETag").orElse(null);
          String length = elsewhere ? null : headers.firstValue("Content-Length").orElse(null);
          return RemoteFile.of(
              file + " of " + id, etag, reply.first.size != null ? reply.first.size : length);
        });
  }

  /**
   * Requests a file's bytes from an offset on. A server that ignores offsets sends them from the
   * beginning.
   */
  Data open(HubId id, String file, long from) throws IOException {
    Duration wait = network.dataTimeout();
    Reply reply = send("GET", resolve(id, file), wait, from, Redirects.ANYWHERE);
    var pace = new Pace(wait, System::nanoTime);
    TimedBody body = reply.last.body();
    try {
      if (reply.status() == 416) {
        return new Data(body, -1, pace);
      }
      requireSuccess(reply, id, file);
      if (reply.status() != 206) {
        return new Data(body, 0, pace);
      }
      String range = reply.last.headers().firstValue("Content-Range").orElse("");
      Matcher matcher = CONTENT_RANGE.matcher(range);
      return new Data(body, matcher.matches() ? Long.parseLong(matcher.group(1)) : -1, pace);
    } catch (IOException | RuntimeException e) {
      body.close();
      throw e;
    }
  }

  private enum Redirects {
    ON_THE_ENDPOINT,
    ANYWHERE
  }

  private Reply send(String method, URI uri, Duration timeout, long from, Redirects follow)
      throws IOException {
    var first = new Headers();
    boolean trusted = true;
    URI at = uri;
    for (int hops = 0; hops <= MOST_REDIRECTS; hops++) {
      trusted = trusted && isEndpoint(at);
      HttpResponse<TimedBody> reply = once(method, at, timeout, from, trusted);
      if (trusted) {
        first.see(reply);
      }
      if (!REDIRECTS.contains(reply.statusCode())) {
        return new Reply(reply, first, !trusted);
      }
      URI next = target(at, reply);
      if (follow == Redirects.ON_THE_ENDPOINT && !isEndpoint(next)) {
        return new Reply(reply, first, false);
      }
      reply.body().close();
      at = next;
    }
    throw new HubException(
        Reason.REFUSED,
        uri + " redirects more than " + MOST_REDIRECTS + " times. Check HF_ENDPOINT");
  }

  private HttpResponse<TimedBody> once(
      String method, URI uri, Duration timeout, long from, boolean trusted) throws IOException {
    var request =
        HttpRequest.newBuilder(uri)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(timeout)
            .header("User-Agent", "fresnel")
            .header("Accept-Encoding", "identity");
    if (from > 0) {
      request.header("Range", "bytes=" + from + "-");
    }
    if (trusted && network.token() != null) {
      request.header("Authorization", network.token().header());
    }
    return connection.send(request, uri, timeout);
  }

  private static URI target(URI from, HttpResponse<?> reply) {
    String location = reply.headers().firstValue("Location").orElse("");
    try {
      URI target = from.resolve(URI.create(location));
      boolean web =
          "https".equalsIgnoreCase(target.getScheme())
              || "http".equalsIgnoreCase(target.getScheme());
      boolean weaker =
          "https".equalsIgnoreCase(from.getScheme())
              && !"https".equalsIgnoreCase(target.getScheme());
      if (!location.isEmpty() && web && target.getHost() != null && !weaker) {
        return target;
      }
    } catch (IllegalArgumentException notAnAddress) {
      // refused below
    }
    throw new HubException(
        Reason.REFUSED,
        from.getHost()
            + " redirects to where no file can be fetched from safely: '"
            + Refusals.shown(location)
            + "', where an address of "
            + ("https".equalsIgnoreCase(from.getScheme()) ? "https" : "http or https")
            + " was expected. Check HF_ENDPOINT");
  }

  /** Whether an address has the endpoint's scheme, host and port. */
  private boolean isEndpoint(URI uri) {
    URI endpoint = network.endpoint();
    return endpoint.getScheme().equalsIgnoreCase(uri.getScheme())
        && endpoint.getHost().equalsIgnoreCase(uri.getHost())
        && port(endpoint) == port(uri);
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0
        ? uri.getPort()
        : "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
  }

  private void requireSuccess(Reply reply, HubId id, @Nullable String file) throws IOException {
    int status = reply.status();
    if (status == 200 || status == 206) {
      return;
    }
    if (RETRYABLE.contains(status)) {
      String host = reply.last.uri().getHost() + connection.way(reply.last.uri());
      throw new Transient(
          host + (status == 429 ? " answers 429: too many requests" : " answers " + status),
          retryAfter(reply));
    }
    if (reply.isOfDataHost) {
      throw new Transient(reply.last.uri().getHost() + " answers " + status, null);
    }
    throw refusals.of(status, reply.last.headers(), id, file);
  }

  private static @Nullable Duration retryAfter(Reply reply) {
    Optional<String> asked = reply.last.headers().firstValue("Retry-After");
    if (asked.isEmpty()) {
      return null;
    }
    if (asked.get().matches("\\d{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(asked.get()));
    }
    try {
      var when = ZonedDateTime.parse(asked.get(), DateTimeFormatter.RFC_1123_DATE_TIME);
      Duration wait = Duration.between(ZonedDateTime.now(when.getZone()), when);
      return wait.isNegative() ? Duration.ZERO : wait;
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  private interface Question<T> {
    T ask() throws IOException;
  }

  /** Tries again after transient failures; fails at once if no connection can be made. */
  private <T> T withRetries(String what, Question<T> question) {
    Retries retries = retries(what + ": " + network.endpoint() + " gives no usable answer");
    while (true) {
      try {
        return question.ask();
      } catch (ConnectException e) {
        throw new HubException(
            Reason.UNREACHABLE,
            what
                + ": "
                + network.endpoint()
                + " cannot be reached ("
                + Retries.reason(e)
                + "). Check the network, HF_ENDPOINT and https_proxy; HF_HUB_OFFLINE=1 does without"
                + " the hub",
            e);
      } catch (IOException e) {
        retries.failed(e);
      }
    }
  }

  private URI resolve(HubId id, String file) {
    var path = new StringBuilder();
    for (String part : file.split("/", -1)) {
      path.append('/').append(encoded(part));
    }
    return uri(id.repository() + "/resolve/" + encoded(id.revision()) + path);
  }

  private URI uri(String path) {
    return URI.create(network.endpoint() + "/" + path);
  }

  /** Percent-encodes everything except letters, digits and {@code - _ . ~}; slashes too. */
  private static String encoded(String part) {
    var result = new StringBuilder();
    for (byte b : part.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xFF);
      boolean plain = (c < 128 && Character.isLetterOrDigit(c)) || "-_.~".indexOf(c) >= 0;
      result.append(plain ? String.valueOf(c) : String.format("%%%02X", (int) c));
    }
    return result.toString();
  }
}
