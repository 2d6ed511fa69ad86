package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the workshop's commands say; scripts/test-workshop makes real folders with them. */
class WorkshopCommandTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"new", "check", "notebook", "bundle"})
  void everyHelpHasExamplesAndFitsATerminal(String command) {
    var called = Called.with("workshop", command, "--help").succeeded();
    assertThat(called.out()).contains("Examples:\n  fresnel workshop " + command, "JSON");
    assertThat(called.out().lines()).allMatch(line -> line.length() <= 80);
  }

  @Test
  void chaptersThatAreNotThereAreSaidInJson() throws IOException {
    Files.createDirectories(folder.resolve("src/main/java/workshop"));
    var called = Called.with("workshop", "check", folder.toString(), "--json").succeeded();
    assertThat(called.out())
        .startsWith("{\"folder\":")
        .contains(
            "\"passed\":0,\"of\":22,\"exercises\":[{\"exercise\":\"toy-configuration\",\"chapter\":1,\"outcome\":\"missing\",\"message\":\"there"
                + " is no src/main/java/workshop/Opening.java\"}");
  }

  @Test
  void aFolderWithoutAWorkshopIsAnError() {
    var called = Called.with("workshop", "check", folder.toString(), "--json");
    assertThat(called.code()).isEqualTo(1);
    assertThat(called.out()).isEmpty();
    assertThat(called.err()).contains(" holds no workshop");
  }

  @Test
  void aFolderWithSomethingInItStaysAsItIs() throws IOException {
    Files.writeString(folder.resolve("answers.txt"), "mine");
    var called = Called.with("workshop", "new", folder.toString());
    assertThat(called.code()).isEqualTo(1);
    assertThat(called.err()).contains("is not empty; nothing in it was changed");
    assertThat(folder.resolve("answers.txt")).hasContent("mine");
    assertThat(folder.resolve("pom.xml")).doesNotExist();
  }

  @Test
  void anUnknownTrackIsAMistakeOfTheCommandLine() {
    var called = Called.with("workshop", "new", folder.toString(), "--track", "easy");
    assertThat(called.code()).isEqualTo(2);
    assertThat(called.err()).contains("expected hard, guided or solved, got 'easy'");
  }

  @Test
  void withoutACommandTheCommandsAreNamed() {
    var called = Called.with("workshop");
    assertThat(called.code()).isEqualTo(2);
    assertThat(called.err()).contains("expected a command: new, check, notebook, bundle");
  }

  @Test
  void jsonIsOnlyForNotebooksThatAreNotStarted() {
    var called = Called.with("workshop", "notebook", folder.toString(), "--json");
    assertThat(called.code()).isEqualTo(2);
    assertThat(called.err()).contains("--json takes --no-start");
  }
}
