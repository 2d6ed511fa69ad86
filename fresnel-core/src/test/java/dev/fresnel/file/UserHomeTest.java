package dev.fresnel.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserHomeTest {
  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"?", "", ".", "home/me", "~", "/no/such/folder", "a\0b"})
  void aHomeThatIsNoAbsoluteFolderIsNone(String home) {
    assertThat(UserHome.known(home)).isEmpty();
  }

  @Test
  void anAbsoluteFolderIsAHome(@TempDir Path folder) {
    assertThat(UserHome.known(folder.toString())).contains(folder);
  }
}
