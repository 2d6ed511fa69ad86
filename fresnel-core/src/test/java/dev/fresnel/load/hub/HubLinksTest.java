package dev.fresnel.load.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Links that stand where the client writes. Its files are written, what links lead to is not. */
@DisabledOnOs(OS.WINDOWS)
class HubLinksTest {
  private static final byte[] WEIGHTS = HubFixture.bytes(100_000);
  private static final String ETAG = FakeHub.hex("SHA-256", WEIGHTS);

  @TempDir private Path home;
  private HubFixture hub;
  private Path precious;

  @BeforeEach
  void aModel() throws IOException {
    hub = new HubFixture(home);
    hub.model().small("config.json", "{}").large("model.safetensors", WEIGHTS);
    precious = Files.writeString(home.resolve("precious.txt"), "this is mine");
  }

  @AfterEach
  void close() {
    hub.close();
  }

  private void link(String place, Path target) throws IOException {
    Path link = hub.cache().resolve(place);
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, target);
  }

  private void fetched() {
    var snapshot = hub.snapshot();
    assertThat(snapshot.need("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(snapshot.find("tokenizer.json")).isEmpty();
    snapshot.keep();
    assertThat(precious).hasContent("this is mine");
  }

  @Test
  void aLinkInAPartialFilesPlaceIsNotWrittenThrough() throws IOException {
    link("models--org--model/blobs/" + ETAG + ".fresnel.incomplete", precious);
    fetched();
  }

  @Test
  void aLinkInABlobsPlaceIsReplaced() throws IOException {
    link("models--org--model/blobs/" + ETAG, precious);
    fetched();
  }

  @Test
  void aLinkInTheLocksPlaceMakesNoFileElsewhere() throws IOException {
    Path made = home.resolve("made-by-a-lock");
    link(".locks/models--org--model/" + ETAG + ".fresnel.lock", made);
    fetched();
    assertThat(made).doesNotExist();
  }

  @Test
  void linksInThePlacesOfReferencesAndMarksAreNotWrittenThrough() throws IOException {
    String commit = hub.model().commit();
    Path made = home.resolve("made-by-a-mark");
    link("models--org--model/refs/main", precious);
    link("models--org--model/.no_exist/" + commit + "/tokenizer.json", made);
    fetched();
    assertThat(made).doesNotExist();
    assertThat(hub.cache().resolve("models--org--model/refs/main")).hasContent(commit);
  }

  @Test
  void theCachesRootAndARepositorysFolderMayBeLinks() throws IOException {
    Path disk = Files.createDirectories(home.resolve("disk/hub"));
    Path other = Files.createDirectories(home.resolve("disk/model"));
    Files.createDirectories(hub.cache().getParent());
    Files.createSymbolicLink(hub.cache(), disk);
    Files.createSymbolicLink(disk.resolve("models--org--model"), other);
    fetched();
    assertThat(other.resolve("blobs").resolve(ETAG)).hasBinaryContent(WEIGHTS);
  }

  @Test
  @Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aPipeInTheLocksPlaceIsNotWaitedFor() throws Exception {
    Path lock = hub.cache().resolve(".locks/models--org--model/" + ETAG + ".fresnel.lock");
    Files.createDirectories(lock.getParent());
    Process mkfifo = new ProcessBuilder("mkfifo", lock.toString()).start();
    assertThat(mkfifo.waitFor()).isZero();
    fetched();
  }
}
