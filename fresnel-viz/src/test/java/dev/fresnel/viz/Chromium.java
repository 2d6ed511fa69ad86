package dev.fresnel.viz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** A real Chromium without a window, controlled over its DevTools protocol. */
final class Chromium implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final Path profile;
  private final WebSocket socket;
  private final AtomicInteger lastId = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private final List<BiConsumer<String, JsonNode>> listeners = new CopyOnWriteArrayList<>();

  /** The path of Chromium: {@code FRESNEL_CHROMIUM}, else where it is usually installed. */
  static Optional<Path> installed() {
    var named = System.getenv("FRESNEL_CHROMIUM");
    return Stream.of(
            named == null ? "" : named,
            "/usr/bin/chromium",
            "/usr/bin/chromium-browser",
            "/usr/bin/google-chrome",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
        .filter(name -> !name.isEmpty())
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }

  static Chromium start(Path executable) throws IOException {
    return new Chromium(executable);
  }

  private Chromium(Path executable) throws IOException {
    profile = Files.createTempDirectory("fresnel-chromium-");
    process =
        new ProcessBuilder(
                executable.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-extensions",
                "--disable-dev-shm-usage",
                // Scroll bars that take room, as on most desktops.
                "--disable-features=OverlayScrollbar",
                "--force-color-profile=srgb",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(profile.resolve("log").toFile())
            .start();
    socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(URI.create(address()), new Listener())
            .join();
  }

  /** Reads the port and the path, which Chromium writes into its profile when it listens. */
  private String address() throws IOException {
    var file = profile.resolve("DevToolsActivePort");
    for (int tries = 0; tries < 600; tries++) {
      if (Files.exists(file)) {
        var lines = Files.readAllLines(file);
        if (lines.size() == 2) {
          return "ws" + "://127.0.0.1:" + lines.get(0) + lines.get(1);
        }
      }
      sleep(50);
    }
    throw new IOException("Chromium did not start: " + Files.readString(profile.resolve("log")));
  }

  Tab open() {
    var target =
        call("Target.createTarget", Map.of("url", "about:blank"), null).get("targetId").asText();
    var session =
        call("Target.attachToTarget", Map.of("targetId", target, "flatten", true), null)
            .get("sessionId")
            .asText();
    return new Tab(this, session);
  }

  void listen(BiConsumer<String, JsonNode> listener) {
    listeners.add(listener);
  }

  JsonNode call(String method, Map<String, ?> parameters, String session) {
    int id = lastId.incrementAndGet();
    var message = JSON.createObjectNode().put("id", id).put("method", method);
    message.set("params", JSON.valueToTree(parameters));
    if (session != null) {
      message.put("sessionId", session);
    }
    var answer = new CompletableFuture<JsonNode>();
    waiting.put(id, answer);
    synchronized (this) {
      socket.sendText(message.toString(), true).join();
    }
    var reply = answer.orTimeout(90, TimeUnit.SECONDS).join();
    if (reply.has("error")) {
      throw new IllegalStateException(method + ": " + reply.get("error"));
    }
    return reply.get("result");
  }

  static void sleep(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Ends the browser and the processes that it started: they write to the profile until then. */
  @Override
  public void close() throws IOException {
    socket.abort();
    var processes = Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    process.destroy();
    for (var each : processes) {
      try {
        each.onExit().get(10, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        each.destroyForcibly();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        each.destroyForcibly();
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
    Files.walkFileTree(profile, new Removal());
  }

  /** Deletes a folder of the browser's, and passes over what the browser deletes meanwhile. */
  private static final class Removal extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      file.toFile().delete();
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException reason) {
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException reason) {
      folder.toFile().delete();
      return FileVisitResult.CONTINUE;
    }
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        receive(text.toString());
        text.setLength(0);
      }
      from.request(1);
      return null;
    }

    private void receive(String message) {
      try {
        var json = JSON.readTree(message);
        if (json.has("id")) {
          waiting.remove(json.get("id").asInt()).complete(json);
        } else {
          listeners.forEach(l -> l.accept(json.path("sessionId").asText(), json));
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
