package dev.fresnel.tensor.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeCacheTest {
  @TempDir Path home;

  @Test
  void aHomeKeepsJavaCppsUsualFolder() throws IOException {
    assertThat(NativeCache.folder(Optional.of(home)))
        .isEqualTo(home.toRealPath().resolve(".javacpp/cache"));
  }

  @Test
  void withoutAHomeTheFolderIsAPrivateTemporaryOne() {
    Path folder = NativeCache.folder(Optional.empty());
    assertThat(folder).isAbsolute().startsWithRaw(Path.of(System.getProperty("java.io.tmpdir")));
    assertThat(folder.getParent()).isDirectory();
  }

  @Test
  void aFolderThatOthersMayWriteIsNotUsed() throws IOException {
    Path open = Files.createDirectory(home.resolve(".javacpp"));
    if (home.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
      assertThat(NativeCache.folder(Optional.of(home))).isNotEqualTo(open.resolve("cache"));
    }
  }
}
