package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of whole processes, each in its own JVM. */
class TokenizerProcessTest {
  @TempDir Path folder;

  @Test
  void noSocketIsOpenedAndNothingIsPrinted() throws Exception {
    String output = run(Map.of("XDG_CACHE_HOME", folder.toString()));
    assertThat(output).doesNotContain("SOCKET OPENED").contains("Tokens[[256, 72, 105]]");
    assertThat(output.lines()).hasSize(5).allMatch(line -> line.matches("Tokens.*|native .*"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"url", "http"})
  void aSocketWouldBeSeen(String kind) throws Exception {
    assertThat(run(Map.of("XDG_CACHE_HOME", folder.toString()), kind)).contains("SOCKET OPENED");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void theNativeLibraryComesWithTheFirstTextAndNotBefore() throws Exception {
    assertThat(run(Map.of("XDG_CACHE_HOME", folder.toString())))
        .contains("native before: false", "native after: true");
  }

  @Test
  void theLibraryIsUnpackedOnceAndMendedWhenItIsNotWhole() throws Exception {
    var cache = Map.of("XDG_CACHE_HOME", folder.toString());
    run(cache);
    Path library = onlyFile();
    var whole = Files.getLastModifiedTime(library);
    long size = Files.size(library);
    run(cache);
    assertThat(Files.getLastModifiedTime(library)).isEqualTo(whole);
    Files.write(library, new byte[100]);
    assertThat(run(cache)).contains("Tokens[[256, 72, 105]]");
    assertThat(onlyFile()).hasSize(size);
  }

  @Test
  void aHomeThatCannotBeWrittenIsNoHindrance() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    assertThat(run(Map.of("XDG_CACHE_HOME", file.toString()))).contains("Tokens[[256, 72, 105]]");
  }

  private Path onlyFile() throws IOException {
    try (var files = Files.walk(folder)) {
      List<Path> found =
          files
              .filter(Files::isRegularFile)
              .filter(file -> !file.toString().endsWith(".seal"))
              .filter(file -> !file.toString().endsWith(".dll") || file.endsWith("tokenizers.dll"))
              .toList();
      assertThat(found).hasSize(1);
      return found.get(0);
    }
  }

  private static String run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    var options =
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-Djava.nio.channels.spi.SelectorProvider=" + NetworkWatch.class.getName(),
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED");
    var builder =
        ChildJvm.of(options, ChildJvm.classPath(), NetworkWatch.class.getName(), List.of(arguments))
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output;
  }
}
