package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fresnel.Fresnel;
import dev.fresnel.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadingFilesTest {
  private static final Path OPEN_FILES = Path.of("/proc/self/fd");

  @Test
  void filesAreClosedWhetherLoadingSucceedsOrNot(@TempDir Path folder) throws IOException {
    assumeTrue(Files.exists(OPEN_FILES), "reads /proc");
    ModelFinderTest.copyModel("gpt2", folder);
    Path config = folder.resolve("config.json");
    Files.writeString(
        config, Files.readString(config).replace("\"n_positions\": 13", "\"n_positions\": 14"));
    Fresnel.load(Golden.of("gpt2").model()).close();
    long before = openFiles();
    for (int i = 0; i < 50; i++) {
      Fresnel.load(Golden.of("gpt2").model()).close();
      Fresnel.load(Golden.of("gguf-q8-0").model()).close();
      assertThatThrownBy(() -> Fresnel.load(folder)).hasMessageContaining("pos 14");
    }
    assertThat(openFiles() - before).isLessThan(10);
  }

  private static long openFiles() throws IOException {
    try (var files = Files.list(OPEN_FILES)) {
      return files.count();
    }
  }
}
