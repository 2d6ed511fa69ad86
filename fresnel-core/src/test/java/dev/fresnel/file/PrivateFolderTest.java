package dev.fresnel.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFolderTest {
  @TempDir Path folder;

  @BeforeEach
  void needsPermissions() {
    assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("unix"));
  }

  @Test
  void aMissingFolderIsMadeForTheUserAlone() throws IOException {
    Path made = PrivateFolder.at(folder.resolve("a/b")).orElseThrow();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
        .isEqualTo("rwx------");
    assertThat(PrivateFolder.at(folder.resolve("a/b"))).contains(made);
  }

  @Test
  void aFolderThatOthersMayReadIsNotTaken() throws IOException {
    Path open = directory("open", "rwxr-xr-x");
    assertThat(PrivateFolder.at(open)).isEmpty();
    assertThat(PrivateFolder.writtenByUserAlone(open)).isPresent();
  }

  @Test
  void aFolderThatOthersMayWriteIsNotTaken() throws IOException {
    assertThat(PrivateFolder.writtenByUserAlone(directory("open", "rwxrwxrwx"))).isEmpty();
    assertThat(PrivateFolder.writtenByUserAlone(directory("group", "rwxrwxr-x"))).isEmpty();
  }

  @Test
  void aLinkIsNotTaken() throws IOException {
    Path own = PrivateFolder.at(folder.resolve("own")).orElseThrow();
    assertThat(PrivateFolder.at(Files.createSymbolicLink(folder.resolve("link"), own))).isEmpty();
  }

  @Test
  void aFolderThatOthersCanExchangeIsNotTaken() throws IOException {
    Path open = directory("open", "rwxrwxrwx");
    assertThat(PrivateFolder.at(open.resolve("own"))).isEmpty();
    Files.setAttribute(open, "unix:mode", 01777); // sticky, as /tmp is: only owners rename
    assertThat(PrivateFolder.at(open.resolve("own"))).isPresent();
  }

  @Test
  void aFolderOfSomebodyElseIsNotTaken() throws IOException {
    Path own = PrivateFolder.at(folder.resolve("own")).orElseThrow();
    assumeTrue((Integer) Files.getAttribute(own, "unix:uid") == 0, "only root can give away");
    Files.setAttribute(own, "unix:uid", 12345);
    assertThat(PrivateFolder.at(own)).isEmpty();
  }

  private Path directory(String name, String permissions) throws IOException {
    Path made = Files.createDirectory(folder.resolve(name));
    return Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(permissions));
  }
}
