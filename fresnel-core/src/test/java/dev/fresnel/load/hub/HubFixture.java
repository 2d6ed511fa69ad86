package dev.fresnel.load.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;

/** A fake hub, an empty cache, and a client that does not really wait between attempts. */
final class HubFixture implements AutoCloseable {
  static final HubId MODEL = HubId.main("org/model");

  final FakeHub server;
  final Map<String, String> environment = new HashMap<>();
  final List<Duration> pauses = new ArrayList<>();
  final List<String> told = new ArrayList<>();
  private final Path home;
  private Duration longestWait = Duration.ofSeconds(10);

  HubFixture(Path home) {
    this(home, new FakeHub());
  }

  HubFixture(Path home, FakeHub server) {
    this.home = home;
    this.server = server;
    environment.put("HF_ENDPOINT", server.address());
    environment.put("HF_HUB_DOWNLOAD_TIMEOUT", "10");
    environment.put("HF_HUB_ETAG_TIMEOUT", "10");
  }

  /**
   * A short timeout for tests of a server that stalls; other tests use a long one, since a busy
   * machine may be slow.
   */
  void impatient() {
    environment.put("HF_HUB_DOWNLOAD_TIMEOUT", "1");
    environment.put("HF_HUB_ETAG_TIMEOUT", "1");
  }

  /** Waits in this process; so that a rate, which is taken over six waits, is known soon. */
  void longestWait(Duration time) {
    longestWait = time;
  }

  Hub hub() {
    return new Hub(
        HubSettings.of(environment, home),
        this::network,
        (what, done, total) -> told.add(what),
        pauses::add);
  }

  private HubNetwork network() {
    HubNetwork usual = HubNetwork.of(environment, home);
    boolean shorter = longestWait.compareTo(usual.dataTimeout()) < 0;
    return shorter
        ? new HubNetwork(
            usual.endpoint(),
            usual.token(),
            longestWait,
            longestWait,
            usual.proxies(),
            usual.roots())
        : usual;
  }

  HubSnapshot snapshot() {
    return hub().open(MODEL);
  }

  FakeHub.Repository model() {
    return server.repository(MODEL.repository());
  }

  Path cache() {
    return home.resolve(".cache/huggingface/hub");
  }

  Path folder() {
    return cache().resolve("models--org--model");
  }

  static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The requests to the endpoint, such as {@code HEAD /org/model/resolve/…/config.json}. */
  List<String> asked() {
    return server.endpoint.requests().stream()
        .map(
            request ->
                request.method()
                    + " "
                    + request.path().replaceAll("/[0-9a-f]{40}(?=/|$)", "/COMMIT"))
        .toList();
  }

  /** All files of a folder, with the targets of links. */
  static TreeSet<String> tree(Path folder) throws IOException {
    var names = new TreeSet<String>();
    try (var files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        if (Files.isSymbolicLink(file)) {
          names.add(folder.relativize(file) + " -> " + Files.readSymbolicLink(file));
        } else if (Files.isRegularFile(file)) {
          names.add(folder.relativize(file).toString());
        }
      }
    }
    return names;
  }

  @Override
  public void close() {
    server.close();
  }
}
