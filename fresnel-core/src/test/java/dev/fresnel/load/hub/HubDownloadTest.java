package dev.fresnel.load.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubDownloadTest {
  private static final byte[] WEIGHTS = HubFixture.bytes(3_000_000);
  private static final String WEIGHTS_ETAG = FakeHub.hex("SHA-256", WEIGHTS);
  private static final String CONFIG = "{\"model_type\":\"gpt2\"}";
  private static final String CONFIG_ETAG = FakeHub.gitHash(HubFixture.text(CONFIG));

  @TempDir private Path home;
  private HubFixture hub;

  @BeforeEach
  void aModel() {
    hub = new HubFixture(home);
    hub.model().small("config.json", CONFIG).large("model.safetensors", WEIGHTS);
  }

  @AfterEach
  void close() {
    hub.close();
  }

  @Test
  void theCacheIsLaidOutAsPythonDoesIt() throws IOException {
    String commit = hub.model().commit();
    var snapshot = hub.snapshot();
    assertThat(snapshot.need("config.json")).hasContent(CONFIG);
    assertThat(snapshot.need("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(snapshot.find("tokenizer.json")).isEmpty();
    snapshot.keep();
    assertThat(HubFixture.tree(hub.folder()))
        .containsExactlyInAnyOrder(
            "blobs/" + CONFIG_ETAG,
            "blobs/" + WEIGHTS_ETAG,
            "snapshots/" + commit + "/config.json -> ../../blobs/" + CONFIG_ETAG,
            "snapshots/" + commit + "/model.safetensors -> ../../blobs/" + WEIGHTS_ETAG,
            "refs/main",
            ".no_exist/" + commit + "/tokenizer.json");
    assertThat(hub.folder().resolve("refs/main")).hasContent(commit);
  }

  @Test
  void aFileInAFolderIsLinkedFromThere() {
    hub.model().large("checkpoints/one.pth", WEIGHTS);
    Path file = hub.snapshot().need("checkpoints/one.pth");
    assertThat(file).hasBinaryContent(WEIGHTS);
    assertThat(file).isSymbolicLink();
  }

  @Test
  void whatIsInTheCacheIsNotAskedForAgain() {
    hub.snapshot().need("config.json");
    hub.snapshot().find("tokenizer.json");
    hub.server.endpoint.forget();
    var again = hub.snapshot();
    assertThat(again.need("config.json")).hasContent(CONFIG);
    assertThat(again.find("tokenizer.json")).isEmpty();
    assertThat(hub.asked()).isEmpty();
  }

  @Test
  void oneQuestionForTheListingAndTwoAFile() {
    var snapshot = hub.snapshot();
    snapshot.need("config.json");
    snapshot.need("model.safetensors");
    assertThat(hub.asked())
        .containsExactly(
            "GET /api/models/org/model/revision/main",
            "HEAD /org/model/resolve/COMMIT/config.json",
            "GET /org/model/resolve/COMMIT/config.json",
            "HEAD /org/model/resolve/COMMIT/model.safetensors",
            "GET /org/model/resolve/COMMIT/model.safetensors");
    assertThat(hub.server.data.requests()).hasSize(1);
    assertThat(hub.server.endpoint.requests())
        .allSatisfy(request -> assertThat(request.header("Accept-Encoding")).isEqualTo("identity"));
  }

  @Test
  void equalFilesAreKeptOnce() throws IOException {
    hub.model().large("copy.safetensors", WEIGHTS);
    var snapshot = hub.snapshot();
    snapshot.need("model.safetensors");
    assertThat(snapshot.need("copy.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(hub.server.data.requests()).hasSize(1);
    try (var blobs = Files.list(hub.folder().resolve("blobs"))) {
      assertThat(blobs).hasSize(1);
    }
  }

  @Test
  void anEmptyFileIsAFile() {
    hub.model().small("empty.txt", "").large("nothing.bin", new byte[0]);
    assertThat(hub.snapshot().need("empty.txt")).isEmptyFile();
    assertThat(hub.snapshot().need("nothing.bin")).isEmptyFile();
  }

  @Test
  void aRevisionWithSlashesIsAFolderUnderRefs() {
    hub.model().commit("refs/pr/7").small("config.json", "{}");
    var id = HubId.parse("org/model@refs/pr/7").orElseThrow();
    assertThat(hub.hub().open(id).need("config.json")).hasContent("{}");
    assertThat(hub.asked()).contains("GET /api/models/org/model/revision/refs%2Fpr%2F7");
    assertThat(hub.folder().resolve("refs/refs/pr/7")).hasContent(hub.model().commit());
  }

  @Test
  void aCommitNeedsNoReference() throws IOException {
    String commit = hub.model().commit();
    var id = HubId.parse("org/model@" + commit).orElseThrow();
    var snapshot = hub.hub().open(id);
    snapshot.need("config.json");
    snapshot.keep();
    assertThat(hub.folder().resolve("refs")).doesNotExist();
    hub.server.endpoint.forget();
    assertThat(hub.hub().open(id).need("config.json")).hasContent(CONFIG);
    assertThat(hub.asked()).isEmpty();
  }

  @Test
  void aRepositoryThatWasMovedIsFollowed() {
    hub.server.renamed("old/name", "org/model");
    var snapshot = hub.hub().open(HubId.main("old/name"));
    assertThat(snapshot.need("config.json")).hasContent(CONFIG);
    assertThat(snapshot.need("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(hub.cache().resolve("models--old--name/refs/main")).exists();
  }

  @Test
  void theFirstAnswerCountsAndNotTheDataHosts() {
    hub.server.endpoint.next(
        answer -> answer,
        answer -> answer.with("X-Xet-Hash", "00ff", "X-Xet-Refresh-Route", "/api/xet"));
    assertThat(hub.snapshot().need("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(hub.folder().resolve("blobs/of-the-data-host")).doesNotExist();
  }

  @Test
  void aSmallFileMayLieBehindARedirectOnTheEndpoint() {
    String etag = "\"" + CONFIG_ETAG + "\"";
    hub.server.endpoint.next(
        answer -> answer,
        head ->
            RawServer.Answer.of(
                307,
                "Location",
                "/org/model/resolve/main/config.json",
                "X-Linked-Etag",
                etag,
                "X-Linked-Size",
                String.valueOf(CONFIG.length())));
    assertThat(hub.snapshot().need("config.json")).hasContent(CONFIG);
    assertThat(hub.folder().resolve("blobs").resolve(CONFIG_ETAG)).exists();
  }

  @Test
  void aNewStateIsFetchedOnlyWhenTheHubIsAsked() {
    var first = hub.snapshot();
    first.need("config.json");
    first.keep();
    hub.model().commit("main").small("config.json", "{\"new\":1}");
    assertThat(hub.snapshot().need("config.json")).hasContent(CONFIG);
    var newest = hub.hub().newest(HubFixture.MODEL);
    assertThat(newest.need("config.json")).hasContent("{\"new\":1}");
    assertThat(hub.snapshot().need("config.json")).hasContent(CONFIG);
    newest.keep();
    assertThat(hub.snapshot().need("config.json")).hasContent("{\"new\":1}");
  }

  @Test
  void allFilesAreOfOneCommitWhateverHappensMeanwhile() {
    var snapshot = hub.snapshot();
    snapshot.need("config.json");
    hub.model().commit("main").large("model.safetensors", HubFixture.bytes(10));
    assertThat(snapshot.need("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(hub.snapshot().need("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void aLinkThatLeadsNowhereIsMended() throws IOException {
    Path file = hub.snapshot().need("config.json");
    Files.delete(hub.folder().resolve("blobs").resolve(CONFIG_ETAG));
    assertThat(Files.exists(file)).isFalse();
    assertThat(hub.snapshot().need("config.json")).hasContent(CONFIG);
  }

  @Test
  void aBlobOfTheWrongSizeIsFetchedAnew() throws IOException {
    Path blob = hub.folder().resolve("blobs").resolve(WEIGHTS_ETAG);
    Files.createDirectories(blob.getParent());
    Files.write(blob, new byte[100]);
    assertThat(hub.snapshot().need("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void progressIsToldInBytes() {
    var told = new java.util.ArrayList<Long>();
    var listening =
        new Hub(
            HubSettings.of(hub.environment, home),
            () -> HubNetwork.of(hub.environment, home),
            (what, done, total) -> {
              if (what.equals("downloading model.safetensors")) {
                assertThat(total).isEqualTo(WEIGHTS.length);
                told.add(done);
              }
            },
            time -> {});
    listening.open(HubFixture.MODEL).need("model.safetensors");
    assertThat(told)
        .isSorted()
        .startsWith(0L)
        .endsWith((long) WEIGHTS.length)
        .hasSizeGreaterThan(3);
  }

  @Test
  void whatIsCachedIsListedWithItsSizeAndRemoved() throws IOException {
    hub.snapshot().need("model.safetensors");
    Files.createDirectories(hub.cache().resolve("datasets--org--data"));
    Files.write(hub.folder().resolve("blobs/x.fresnel.incomplete"), new byte[500]);
    var models = hub.hub().cached();
    assertThat(models)
        .singleElement()
        .satisfies(
            model -> {
              assertThat(model.repository()).isEqualTo("org/model");
              assertThat(model.revisions()).containsExactly("main");
              assertThat(model.bytes()).isEqualTo(3_000_000 + 500 + 40);
              assertThat(model.incomplete()).isEqualTo(500);
            });
    assertThat(hub.hub().remove(models.get(0))).isEqualTo(3_000_540);
    assertThat(hub.hub().cached()).isEmpty();
    assertThat(hub.folder()).doesNotExist();
    assertThat(hub.cache().resolve("datasets--org--data")).exists();
  }

  @Test
  void removingFollowsNoLinkOutOfTheCache() throws IOException {
    hub.snapshot().need("config.json");
    Path precious = Files.writeString(home.resolve("precious.txt"), "mine");
    Files.createSymbolicLink(hub.folder().resolve("snapshots/out"), home);
    hub.hub().remove(hub.hub().cached().get(0));
    assertThat(precious).hasContent("mine");
  }

  @Test
  void whereThereAreNoLinksTheFileItselfIsInTheSnapshot() throws IOException {
    try (var zip =
        java.nio.file.FileSystems.newFileSystem(
            home.resolve("no-links.zip"), Map.of("create", "true"))) {
      Path root = zip.getPath("/cache");
      Path blob = Files.createDirectories(root.resolve("models--org--model/blobs")).resolve("etag");
      Files.writeString(blob, "content");
      Path pointer = root.resolve("models--org--model/snapshots/c0ffee/config.json");
      new HubCache(root).link(blob, pointer);
      assertThat(Files.readString(pointer)).isEqualTo("content");
      assertThat(Files.exists(blob)).isFalse();
    }
  }
}
