package dev.fresnel.load.hub;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLServerSocket;

/**
 * A server that sends exactly what a test tells it to, even if it is wrong: false lengths, bodies
 * that end early or never. One request per connection.
 */
final class RawServer implements AutoCloseable {
  private final ServerSocket socket;
  private final Handler handler;
  private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
  private final Deque<UnaryOperator<Answer>> faults = new ArrayDeque<>();
  private final AtomicInteger drops = new AtomicInteger();
  private final List<Socket> open = Collections.synchronizedList(new ArrayList<>());

  /** Answers a request. */
  interface Handler {
    Answer answer(Request request);
  }

  /** A request; header names are in lower case. */
  record Request(String method, String target, Map<String, String> headers) {
    String header(String name) {
      return headers.getOrDefault(name.toLowerCase(java.util.Locale.ROOT), "");
    }

    String path() {
      return target.replaceFirst("\\?.*", "");
    }
  }

  /**
   * A response.
   *
   * @param sent the number of body bytes that are really sent
   * @param stalls whether the connection is then held open
   * @param announced whether to send Content-Length
   * @param perSecond bytes sent per second
   */
  record Answer(
      int status,
      Map<String, String> headers,
      byte[] body,
      int sent,
      boolean stalls,
      boolean announced,
      int perSecond) {
    static Answer of(int status, String... headers) {
      return new Answer(status, Map.of(), new byte[0], 0, false, true, Integer.MAX_VALUE)
          .with(headers);
    }

    Answer with(String... more) {
      Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      all.putAll(headers);
      for (int i = 0; i < more.length; i += 2) {
        all.put(more[i], more[i + 1]);
      }
      return new Answer(status, all, body, sent, stalls, announced, perSecond);
    }

    Answer body(byte[] bytes) {
      return new Answer(status, headers, bytes, bytes.length, stalls, announced, perSecond);
    }

    Answer cutAfter(int count) {
      return new Answer(
          status, headers, body, Math.min(count, body.length), stalls, announced, perSecond);
    }

    Answer stallAfter(int count) {
      return new Answer(
          status, headers, body, Math.min(count, body.length), true, announced, perSecond);
    }

    Answer unannounced() {
      return new Answer(status, headers, body, sent, stalls, false, perSecond);
    }

    Answer at(int bytesPerSecond) {
      return new Answer(status, headers, body, sent, stalls, announced, bytesPerSecond);
    }
  }

  RawServer(Handler handler) {
    this(handler, ServerSocketFactory.getDefault());
  }

  RawServer(Handler handler, ServerSocketFactory sockets) {
    this.handler = handler;
    try {
      socket = sockets.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var thread = new Thread(this::accept, "raw-server");
    thread.setDaemon(true);
    thread.start();
  }

  String address() {
    return (socket instanceof SSLServerSocket ? "https" : "http")
        + "://127.0.0.1:"
        + socket.getLocalPort();
  }

  List<Request> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  void forget() {
    requests.clear();
  }

  /** Closes the next connection before a word is read. */
  void dropNext() {
    drops.incrementAndGet();
  }

  /** Sets what happens to the next responses, in this order. */
  @SafeVarargs
  final void next(UnaryOperator<Answer>... these) {
    synchronized (faults) {
      faults.addAll(List.of(these));
    }
  }

  void noMoreFaults() {
    synchronized (faults) {
      faults.clear();
    }
  }

  private Answer spoilt(Answer answer) {
    synchronized (faults) {
      return faults.isEmpty() ? answer : faults.removeFirst().apply(answer);
    }
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        if (drops.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
          connection.close();
          continue;
        }
        open.add(connection);
        var thread = new Thread(() -> serve(connection), "raw-server-connection");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      Request request = read(new BufferedInputStream(connection.getInputStream()));
      if (request == null) {
        return;
      }
      requests.add(request);
      Answer answer = spoilt(handler.answer(request));
      write(answer, request, connection);
    } catch (IOException | InterruptedException gone) {
      // the client closed the connection
    } finally {
      open.remove(connection);
    }
  }

  private static Request read(InputStream in) throws IOException {
    String[] first = line(in).split(" ");
    if (first.length < 2) {
      return null;
    }
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(java.util.Locale.ROOT),
          line.substring(colon + 1).strip());
    }
    return new Request(first[0], first[1], headers);
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  private static void write(Answer answer, Request request, Socket connection)
      throws IOException, InterruptedException {
    OutputStream out = new BufferedOutputStream(connection.getOutputStream(), 1 << 16);
    var head = new StringBuilder("HTTP/1.1 " + answer.status + " x\r\nConnection: close\r\n");
    if (answer.announced && !answer.headers.containsKey("Content-Length")) {
      head.append("Content-Length: ").append(answer.body.length).append("\r\n");
    }
    answer.headers.forEach(
        (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    if (!request.method.equals("HEAD")) {
      send(answer, out);
    }
    out.flush();
    if (answer.stalls) {
      Thread.sleep(60_000);
    }
  }

  private static void send(Answer answer, OutputStream out)
      throws IOException, InterruptedException {
    int step = (int) Math.max(1, Math.min(1 << 16, answer.perSecond / 100L));
    for (int at = 0; at < answer.sent; at += step) {
      out.write(answer.body, at, Math.min(step, answer.sent - at));
      if (answer.perSecond != Integer.MAX_VALUE) {
        out.flush();
        Thread.sleep(10);
      }
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
      for (Socket connection : List.copyOf(open)) {
        connection.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
