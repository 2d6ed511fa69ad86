package dev.fresnel.load.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** An HTTP proxy that remembers what it was asked, and may want a password. */
final class TestProxy implements AutoCloseable {
  private final ServerSocket socket;
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private volatile String wanted = "";
  private volatile int answers;

  TestProxy() {
    try {
      socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    daemon(this::accept);
  }

  /** Only requests with this Proxy-Authorization pass; others are answered 407. */
  TestProxy wants(String authorization) {
    wanted = authorization;
    return this;
  }

  /** From now on every request is answered with this status. */
  TestProxy answers(int status) {
    answers = status;
    return this;
  }

  String address() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  /** The first lines of the requests. */
  List<String> asked() {
    synchronized (asked) {
      return List.copyOf(asked);
    }
  }

  private static void daemon(Runnable work) {
    var thread = new Thread(work, "test-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        daemon(() -> serve(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      String head = head(client.getInputStream());
      String[] first = head.substring(0, head.indexOf("\r\n")).split(" ");
      asked.add(first[0] + " " + first[1]);
      boolean passes =
          wanted.isEmpty() || head.contains("\r\nProxy-Authorization: " + wanted + "\r\n");
      if (answers != 0 || !passes) {
        String status =
            answers != 0 ? answers + " x" : "407 x\r\nProxy-Authenticate: Basic realm=\"p\"";
        write(client, "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
      }
      boolean tunnel = first[0].equals("CONNECT");
      URI uri = URI.create(tunnel ? "https://" + first[1] : first[1]);
      try (var server = new Socket(uri.getHost(), uri.getPort())) {
        if (tunnel) {
          write(client, "HTTP/1.1 200 Connection established\r\n\r\n");
        } else {
          write(server, head.replace(uri.getScheme() + "://" + uri.getAuthority(), ""));
        }
        daemon(() -> pump(client, server));
        pump(server, client);
      }
    } catch (IOException gone) {
      // one side closed the connection
    }
  }

  private static void write(Socket to, String text) throws IOException {
    to.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    to.getOutputStream().flush();
  }

  private static void pump(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] bytes = new byte[1 << 14];
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        out.write(bytes, 0, count);
        out.flush();
      }
      to.shutdownOutput();
    } catch (IOException gone) {
      // one side closed the connection
    }
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        throw new IOException("closed");
      }
      head.append((char) c);
    }
    return head.toString();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
