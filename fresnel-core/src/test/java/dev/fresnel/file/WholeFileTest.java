package dev.fresnel.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
  private static final byte[] NEW = "new".getBytes();

  @TempDir Path folder;

  private List<String> names() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aWriteThatFailsLeavesTheOldFileAlone() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "old");
    assertThatThrownBy(
            () ->
                WholeFile.write(
                    file,
                    channel -> {
                      WholeFile.Content.of(NEW).writeTo(channel);
                      throw new IOException("the disk is full");
                    }))
        .hasMessageContaining("a cannot be written")
        .hasMessageContaining("the disk is full");
    assertThat(file).hasContent("old");
    assertThat(names()).containsExactly("a");
  }

  @Test
  void theNextWriterRemovesWhatAKilledOneLeft() throws Exception {
    var writer =
        ChildJvm.of(
                List.of("-XX:TieredStopAtLevel=1"),
                ChildJvm.classPath(),
                Waiting.class.getName(),
                List.of(folder.resolve("a").toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(writer.getInputStream().read()).as("it has begun to write").isEqualTo('.');
    WholeFile.write(folder.resolve("b"), NEW);
    assertThat(names()).as("another process is writing a").hasSize(2).contains("b");
    writer.destroyForcibly().waitFor();
    WholeFile.write(folder.resolve("c"), NEW);
    assertThat(names()).containsExactly("b", "c");
  }

  /** Begins to write a file, and never ends. */
  static final class Waiting {
    private Waiting() {}

    public static void main(String[] arguments) {
      WholeFile.write(
          Path.of(arguments[0]),
          channel -> {
            WholeFile.Content.of(NEW).writeTo(channel);
            System.out.print('.');
            System.out.flush();
            try {
              Thread.sleep(60_000);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }
  }

  @Test
  void aWriteInThisProcessIsLeftInPeace() throws IOException {
    WholeFile.write(
        folder.resolve("a"),
        channel -> {
          WholeFile.write(folder.resolve("b"), NEW);
          WholeFile.Content.of(NEW).writeTo(channel);
        });
    assertThat(names()).containsExactly("a", "b");
    assertThat(folder.resolve("a")).hasContent("new");
  }

  @Test
  void filesOfOthersAndFoldersStay() throws IOException {
    String name = ".x." + UUID.randomUUID() + ".incomplete";
    Files.createDirectory(folder.resolve(name));
    Files.writeString(folder.resolve("0123.incomplete"), "a download");
    Files.createSymbolicLink(
        folder.resolve(".y." + UUID.randomUUID() + ".incomplete"), folder.resolve("nowhere"));
    WholeFile.write(folder.resolve("a"), NEW);
    assertThat(names()).hasSize(4);
  }
}
