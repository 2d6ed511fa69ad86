package dev.fresnel.load.hub;

import com.code_intelligence.jazzer.api.BugDetectors;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fresnel.load.hub.RawServer.Answer;
import dev.fresnel.testkit.Harmless;
import dev.fresnel.testkit.Malformed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** Fuzzes the responses of a hub and the files of a cache that other programs write to. */
class HubRepliesFuzzTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  @TempDir static Path folder;
  private static RawServer server;
  private static Hub hub;
  private static volatile Answer answered = Answer.of(404);

  static Stream<byte[]> listings() {
    return Stream.of(
            "{\"sha\": \"%s\", \"siblings\": [{\"rfilename\": \"config.json\", \"size\": 3}]}"
                .formatted(COMMIT),
            "{\"siblings\": [{\"rfilename\": \"../../x\"}], \"sha\": \"..\", \"tags\": [[{}]]}")
        .map(HubFixture::text);
  }

  @MethodSource("listings")
  @FuzzTest
  void listing(byte[] answer) {
    Harmless.require(
        () -> {
          for (String file : Listing.parse(HubFixture.MODEL, answer).files()) {
            requireInside(folder, folder.resolve(file));
          }
        });
  }

  static Stream<byte[]> references() {
    return Stream.of(COMMIT, "../../../x", "\0", "").map(HubFixture::text);
  }

  @MethodSource("references")
  @FuzzTest
  void reference(byte[] content) throws IOException {
    var cache = new HubCache(folder);
    Path reference = cache.reference(HubFixture.MODEL);
    Files.createDirectories(reference.getParent());
    Files.write(reference, content);
    Harmless.require(
        () ->
            cache
                .commit(HubFixture.MODEL)
                .ifPresent(
                    commit ->
                        requireInside(
                            cache.folder("org/model").resolve("snapshots"),
                            cache.snapshot("org/model", commit))));
  }

  static Stream<byte[]> answers() {
    return Stream.of(
            "200\nX-Repo-Commit: "
                + COMMIT
                + "\nETag: W/\"abc\"\n\n{\"sha\": \""
                + COMMIT
                + "\", \"siblings\": [{\"rfilename\": \"config.json\"}]}",
            "200\nX-Linked-Etag: \"" + COMMIT + "\"\nX-Linked-Size: 3\nETag: x\n\nabc",
            "206\nContent-Range: bytes 0-2/3\nETag: \"abc\"\nContent-Length: 3\n\nabc",
            "200\nContent-Length: s\n\nabc", // found by fuzzing
            "200\nContent-Length: -5\n\nabc",
            "200\nContent-Length: 99999999999999999999\n\nabc",
            "200\nTransfer-Encoding: chunked\n\nzz\nabc",
            "204\nContent-Length: 3\n\nabc",
            "302\nLocation: /elsewhere\n\n",
            "401\nX-Error-Code: GatedRepo\nX-Error-Message: no\n\n",
            "429\nRetry-After: 3\n\n",
            "503\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\n\n")
        .map(HubFixture::text);
  }

  /** Gives the same response to every request: listing, file description and file data. */
  @MethodSource("answers")
  @FuzzTest
  void answer(byte[] answer) throws IOException {
    answered = parsed(answer);
    try (var network = BugDetectors.allowNetworkConnections()) {
      Hub hub = hub();
      var snapshot = new HubSnapshot(hub, HubFixture.MODEL.at(COMMIT), COMMIT);
      Harmless.require(snapshot::files);
      Harmless.require(() -> hub.http().head(HubFixture.MODEL, "config.json"));
      Harmless.require(() -> requireInside(folder, snapshot.need("config.json")));
      server.forget();
      for (CachedModel model : hub.cached()) {
        hub.remove(model);
      }
    }
  }

  /** One client for all runs: Java's HTTP client keeps files open until it is garbage collected. */
  private static Hub hub() {
    if (hub == null) {
      server = new RawServer(request -> answered);
      Map<String, String> environment =
          Map.of(
              "HF_ENDPOINT",
              server.address(),
              "HF_HUB_CACHE",
              folder.resolve("cache").toString(),
              "HF_HUB_ETAG_TIMEOUT",
              "1",
              "HF_HUB_DOWNLOAD_TIMEOUT",
              "1");
      hub =
          new Hub(
              HubSettings.of(environment, folder),
              () -> HubNetwork.of(environment, folder),
              HubListener.NONE,
              time -> {});
    }
    return hub;
  }

  @AfterAll
  static void close() {
    if (server != null) {
      server.close();
    }
  }

  /** A response as text: a status, headers, an empty line and a body. */
  private static Answer parsed(byte[] answer) {
    String text = new String(answer, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\n\n");
    String[] head = (end < 0 ? text : text.substring(0, end)).split("\n", -1);
    String body = end < 0 ? "" : text.substring(end + 2);
    int status = head[0].matches("[1-5]\\d\\d") ? Integer.parseInt(head[0]) : 200;
    Answer result = Answer.of(status).body(body.getBytes(StandardCharsets.ISO_8859_1));
    for (int i = 1; i < head.length; i++) {
      int colon = head[i].indexOf(": ");
      if (colon > 0) {
        result = result.with(head[i].substring(0, colon), head[i].substring(colon + 2));
      }
    }
    return result;
  }

  private static void requireInside(Path outer, Path path) {
    if (!path.normalize().startsWith(outer.normalize())) {
      throw new AssertionError(path + " is outside " + outer);
    }
  }

  @Test
  void malformedRepliesAreRefusedOrRead() {
    replay(listings(), this::listing);
    replay(
        references(),
        content -> {
          try {
            reference(content);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static void replay(Stream<byte[]> seeds, Consumer<byte[]> reader) {
    seeds.flatMap(Malformed::of).forEach(reader);
  }
}
