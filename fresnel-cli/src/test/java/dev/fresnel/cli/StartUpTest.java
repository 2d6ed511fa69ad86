package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A command loads the native libraries that it needs, and no others. */
@Tag("long")
@EnabledOnOs(OS.LINUX)
class StartUpTest {
  private static final String TORCH = "library libtorch_cpu.so";
  private static final String TOKENIZERS = "library libtokenizers.so";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"--help", "--version", "heads --help", "completion", "models"})
  void whatRunsNoModelLoadsNoLibrary(String command) throws Exception {
    String output = run(List.of(), command.split(" "));
    assertThat(output).contains("library libjvm.so").doesNotContain(TORCH, TOKENIZERS);
  }

  @Test
  void aTextNeedsTheTokenizerAndIdsDoNot() throws Exception {
    assertThat(run(List.of(), "heads", "--text", "abab")).contains(TORCH, TOKENIZERS);
    assertThat(run(List.of(), "heads", "--tokens", "97,98,97,98"))
        .contains("read 4 tokens", TORCH)
        .doesNotContain(TOKENIZERS);
    assertThat(run(List.of(), "heads", "--model=by-hand", "--tokens", "97,98,97,98", "--json"))
        .contains("\"text\":\"a\"", TOKENIZERS);
  }

  /**
   * The note saves the next process the search for libraries, and with it JavaCPP's own OpenBLAS.
   */
  @Test
  void theSecondProcessLoadsWhatTheFirstFound() throws Exception {
    Path note = folder.resolve("natives");
    var options = List.of("-Dfresnel.natives=" + note);
    String first = run(options, "heads", "--quiet", "--tokens", "97,98,97,98");
    assertThat(note).content().contains("libjnitorch.so");
    String second = run(options, "heads", "--quiet", "--tokens", "97,98,97,98");
    assertThat(first).contains("library libjniopenblas.so");
    assertThat(second).contains(TORCH).doesNotContain("library libjniopenblas.so");
    assertThat(results(second)).isEqualTo(results(first));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense", "1\t2026-01-01T00:00:00Z\t/nowhere/libjnitorch.so"})
  void aNoteThatIsNotTrueIsWrittenAnew(String line) throws Exception {
    Path note = Files.writeString(folder.resolve("natives"), line);
    assertThat(run(List.of("-Dfresnel.natives=" + note), "heads", "--tokens", "97,98"))
        .contains("read 2 tokens");
    assertThat(note).content().contains("libjnijavacpp.so", "libjnitorch.so");
  }

  @Test
  void whatWasFoundForAnotherClassPathIsSearchedForAgain() throws Exception {
    Path note = folder.resolve("natives");
    var options = List.of("-Dfresnel.natives=" + note);
    run(options, "heads", "--tokens", "97,98");
    String right = Files.readString(note);
    Files.writeString(note, right.replaceFirst("pytorch-[0-9.-]+", "pytorch-9.9.9-"));
    assertThat(run(options, "heads", "--tokens", "97,98")).contains("library libjniopenblas.so");
    assertThat(note).content().isEqualTo(right);
  }

  private static List<String> results(String output) {
    return output.lines().filter(line -> !line.startsWith("library")).toList();
  }

  private static String run(List<String> options, String... arguments)
      throws IOException, InterruptedException {
    var all = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    all.addAll(options);
    Process process =
        ChildJvm.of(all, ChildJvm.classPath(), LoadedLibraries.class.getName(), List.of(arguments))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }
}
