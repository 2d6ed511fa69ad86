package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.testkit.ChildJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HelpTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "heads",
        "attribute",
        "lens",
        "composition",
        "circuit",
        "patch",
        "path-patch",
        "attribution-patch",
        "ablate",
        "knockout",
        "predict",
        "generate",
        "steer",
        "report",
        "cache",
        "inspect",
        "models",
        "download",
        "train",
        "curves",
        "card",
        "workshop",
        "jshell",
        "java",
        "completion"
      })
  void everyHelpHasExamplesAndFitsATerminal(String command) {
    var called = command.isEmpty() ? Called.with("--help") : Called.with(command, "--help");
    assertThat(called.succeeded().out())
        .contains("Examples:\n  fresnel " + (command.isEmpty() ? "heads" : command));
    assertThat(called.out().lines()).allMatch(line -> line.length() <= 80);
    // An example that is too long goes on at the left margin, and cannot be copied whole.
    assertThat(
            called
                .out()
                .lines()
                .dropWhile(line -> !line.equals("Examples:"))
                .skip(1)
                .takeWhile(line -> !line.isEmpty()))
        .isNotEmpty()
        .allMatch(line -> line.startsWith("  "));
    assertThat(called.err()).isEmpty();
  }

  /** A list of commands has only a description's first paragraph, so that is a whole sentence. */
  @Test
  void theListOfCommandsHasWholeSentences() {
    String list = Called.with("--help").succeeded().out();
    String commands =
        list.substring(list.indexOf("Commands:\n") + 10, list.indexOf("\n\nExamples"));
    assertThat(commands.split("\n  (?! )"))
        .hasSizeGreaterThan(20)
        .allMatch(one -> one.endsWith("."));
  }

  @Test
  void helpOfACommandIsAskedForInBothOrders() {
    assertThat(Called.with("help").succeeded().out())
        .isEqualTo(Called.with("--help").succeeded().out());
    assertThat(Called.with("help", "patch").succeeded().out())
        .isEqualTo(Called.with("patch", "--help").succeeded().out());
    assertThat(Called.with("help", "pach").failed(2).err()).contains("The nearest is patch.");
    assertThat(Called.with("heads", "--jsn").failed(2).err()).contains("The nearest is --json.");
    assertThat(Called.with("heads", "--magnitude").failed(2).err()).doesNotContain("nearest");
  }

  @Test
  void theVersionIsTheBuilds() {
    assertThat(Called.with("--version").succeeded().out())
        .matches("fresnel \\d+\\.\\d+\\.\\d+\\S*\n");
  }

  @Test
  void helpLoadsNoNativeLibrary() throws IOException, InterruptedException {
    var process =
        ChildJvm.of(
                List.of("-Xlog:class+load:stdout"),
                ChildJvm.classPath(),
                "dev.fresnel.cli.Main",
                List.of("heads", "--help"))
            .redirectErrorStream(true)
            .start();
    String loaded = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    assertThat(loaded)
        .contains("dev.fresnel.cli.HeadsCommand")
        .doesNotContain("org.bytedeco", "TokenizersLibrary");
  }
}
