package dev.fresnel.text;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A program that makes and uses tokenizers in a JVM where every socket, old API or new, is
 * reported. Its arguments make it open sockets on purpose, to show that the watch works.
 */
public final class NetworkWatch extends SelectorProvider {
  private static final String MARK = "SOCKET OPENED";
  private final SelectorProvider real = realProvider();

  @SuppressWarnings("deprecation") // the only way to see every socket
  public static void main(String[] args) throws Exception {
    Socket.setSocketImplFactory(
        () -> {
          System.out.println(MARK);
          throw new IllegalStateException(MARK);
        });
    String what = args.length == 0 ? "" : args[0];
    if (what.equals("url")) {
      URI.create("http://127.0.0.1:9/").toURL().openConnection().connect();
    } else if (what.equals("http")) {
      HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:9/")).build(),
              HttpResponse.BodyHandlers.discarding());
    }
    Tokens.of(1, 2).row(0);
    SpecialTokens.read(null, null);
    try (var idle = Tokenizer.bytes()) {
      idle.labelBos(Tokens.of(256, 72));
    }
    System.out.println("native before: " + nativeLoaded());
    for (int i = 0; i < 3; i++) {
      try (var tokenizer = Tokenizer.bytes()) {
        System.out.println(tokenizer.tokens("Hi", Bos.PREPEND));
      }
    }
    System.out.println("native after: " + nativeLoaded());
  }

  private static boolean nativeLoaded() throws IOException {
    Path maps = Path.of("/proc/self/maps");
    return Files.exists(maps) && Files.readString(maps).contains("libtokenizers");
  }

  private static SelectorProvider realProvider() {
    try {
      return (SelectorProvider)
          Class.forName("sun.nio.ch.DefaultSelectorProvider").getMethod("get").invoke(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public SocketChannel openSocketChannel() throws IOException {
    System.out.println(MARK);
    return real.openSocketChannel();
  }

  @Override
  public ServerSocketChannel openServerSocketChannel() throws IOException {
    System.out.println(MARK);
    return real.openServerSocketChannel();
  }

  @Override
  public DatagramChannel openDatagramChannel() throws IOException {
    System.out.println(MARK);
    return real.openDatagramChannel();
  }

  @Override
  public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
    System.out.println(MARK);
    return real.openDatagramChannel(family);
  }

  @Override
  public Pipe openPipe() throws IOException {
    return real.openPipe();
  }

  @Override
  public AbstractSelector openSelector() throws IOException {
    return real.openSelector();
  }
}
