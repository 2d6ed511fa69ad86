package dev.fresnel.tensor.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.error.FresnelException;
import dev.fresnel.tensor.Scope;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Each test starts its own JVM, since native libraries are loaded once per process. */
class NativesTest {
  private static final String CLASS_PATH = System.getProperty("java.class.path");

  @Test
  void aPlatformWithoutNativesIsNamedTogetherWithThoseThatHaveThem() throws Exception {
    assertThat(use(CLASS_PATH, Map.of(), "-Dorg.bytedeco.javacpp.platform=linux-riscv64"))
        .isEqualTo(
            twice(
                "There is no libtorch for this machine, which is linux-riscv64."
                    + " Fresnel runs on linux-x86_64, macosx-arm64, windows-x86_64."));
  }

  @Test
  void nativesThatAreNotOnTheClassPathAreNamedAsAnArtifactWithItsClassifier() throws Exception {
    assertThat(use(without("(javacpp|openblas|pytorch)-.*-(linux|macosx|windows)-.*"), Map.of()))
        .matches(twice("libtorch's natives .* are not on the class path\\. Add .*"))
        .containsPattern("org\\.bytedeco:javacpp:[0-9.]+, ")
        .containsPattern("org\\.bytedeco:openblas:[0-9.]+-[0-9.]+, ")
        .containsPattern("org\\.bytedeco:pytorch:[0-9.]+-[0-9.]+ with the classifier \\w+-\\w+,");
  }

  @Test
  void onlyWhatIsMissingIsAskedFor() throws Exception {
    assertThat(use(without("openblas-.*-(linux|macosx|windows)-.*"), Map.of()))
        .contains("org.bytedeco:openblas:")
        .doesNotContain("org.bytedeco:pytorch:");
  }

  @Test
  void aNumberOfThreadsThatIsNoneIsAnErrorOfItsOwn() throws Exception {
    assertThat(use(CLASS_PATH, Map.of("FRESNEL_THREADS", "many")))
        .isEqualTo(twice("FRESNEL_THREADS must be a whole number from 1, but is 'many'"));
  }

  /** The second attempt fails in another way in Java, but must give the same message. */
  private static String twice(String message) {
    return message + "\n" + message + "\n";
  }

  /** The class path without the jars of this name. */
  private static String without(String jar) {
    return Arrays.stream(CLASS_PATH.split(File.pathSeparator))
        .filter(entry -> !Path.of(entry).getFileName().toString().matches(jar))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String use(String classPath, Map<String, String> environment, String... flags)
      throws Exception {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", classPath, NativesTest.class.getName()));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes()).replace("\r", "");
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output;
  }

  /** Prints the errors of making a tensor, and of trying once more. */
  public static void main(String[] arguments) {
    for (int attempt = 0; attempt < 2; attempt++) {
      try (var scope = Scope.open()) {
        System.out.println("loaded");
      } catch (FresnelException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
