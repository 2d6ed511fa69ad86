package dev.fresnel.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.Fresnel;
import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.DType;
import dev.fresnel.testkit.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundledModelTest {
  @Test
  void itIsTheDefaultAndReadsText() {
    try (var model = Fresnel.load();
        var run = model.run(model.tokens(" And the king said"))) {
      assertThat(model.config().name()).isEqualTo("fresnel-2l").isEqualTo(Loading.BUNDLED);
      assertThat(model.tokens(" And the king said").startsWithBos()).isTrue();
      assertThat(run.logits().shape().sizes()).containsExactly(1L, 5L, 3000L);
    }
  }

  @Test
  void itsFileInTheTemporaryFolderIsGoneOnceItIsLoaded(@TempDir Path folder) throws Exception {
    assertThat(child(System.getProperty("java.class.path"), folder)).isEqualTo("fresnel-2l\n");
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.startsWith("fresnel-2l"));
    }
  }

  @Test
  void withoutItsArtifactTheErrorSaysWhichToAdd(@TempDir Path folder) throws Exception {
    String others =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.contains("fresnel-models"))
            .collect(Collectors.joining(File.pathSeparator));
    assertThat(child(others, folder))
        .contains("fresnel-2l is not on the class path")
        .contains("dev.fresnel:fresnel-models")
        .contains("by-hand");
  }

  private static String child(String classPath, Path temporary)
      throws IOException, InterruptedException {
    var process =
        ChildJvm.of(
                List.of("-Djava.io.tmpdir=" + temporary),
                classPath,
                Loader.class.getName(),
                List.of())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).isZero();
    return said;
  }

  /** Loads the bundled model as float16, which needs no copy of the file, and says how it went. */
  static final class Loader {
    public static void main(String... none) {
      try (var model = Fresnel.load(LoadOptions.DEFAULT.as(DType.FLOAT16).raw())) {
        System.out.println(model.config().name());
      } catch (FresnelException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
