package dev.fresnel.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptCopyTest {
  @TempDir Path folder;
  private URL resource;

  @BeforeEach
  void jar() throws IOException {
    Path jar = folder.resolve("a.jar");
    try (var zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      zip.putNextEntry(new ZipEntry("library"));
      zip.write("right".getBytes());
    }
    resource = URI.create("jar:" + jar.toUri() + "!/library").toURL();
  }

  @Test
  void aCopyThatNobodyTouchedIsUsedAgain() throws IOException {
    Path copy = KeptCopy.of(resource, folder, "copy");
    Object made = Files.readAttributes(copy, "*").get("fileKey");
    assertThat(KeptCopy.of(resource, folder, "copy")).isEqualTo(copy).hasContent("right");
    assertThat(Files.readAttributes(copy, "*").get("fileKey")).isEqualTo(made);
  }

  @Test
  void anotherFileOfTheSameSizeAndTimeIsReplaced() throws IOException {
    Path copy = KeptCopy.of(resource, folder, "copy");
    FileTime time = Files.getLastModifiedTime(copy);
    Files.writeString(copy, "wrong");
    Files.setLastModifiedTime(copy, time);
    assertThat(KeptCopy.of(resource, folder, "copy")).hasContent("right");
  }

  @Test
  void aFileThatWasThereFirstIsReplaced() throws IOException {
    Files.writeString(folder.resolve("copy"), "wrong");
    assertThat(KeptCopy.of(resource, folder, "copy")).hasContent("right");
  }

  @Test
  void aLinkIsReplacedAndNotFollowed() throws IOException {
    Path other = Files.writeString(folder.resolve("other"), "right");
    Files.createSymbolicLink(folder.resolve("copy"), other);
    Path copy = KeptCopy.of(resource, folder, "copy");
    assertThat(Files.isSymbolicLink(copy)).isFalse();
    assertThat(copy).hasContent("right");
  }
}
