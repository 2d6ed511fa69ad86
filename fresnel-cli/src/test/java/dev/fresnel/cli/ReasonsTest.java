package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the system refuses is told in words, not by the name of a Java class. */
class ReasonsTest {
  @TempDir Path folder;

  @Test
  void aFileInThePlaceOfAFolderIsNamed() throws IOException {
    Path text = Files.writeString(folder.resolve("text.txt"), "one two three ".repeat(200));
    Path file = Files.writeString(folder.resolve("file"), "");
    for (Path output : new Path[] {file, file.resolve("below/it")}) {
      var called = Called.with("train", "--text=" + text, "--output=" + output).failed(1);
      assertThat(called.err()).contains("fresnel: " + file + " is no folder", "path of a folder");
    }
  }

  @Test
  void aHistoryThatIsNoJsonIsNotQuoted() throws IOException {
    Path history = Files.writeString(folder.resolve("history.jsonl"), "{\"step\": secret}\n");
    var called =
        Called.with("curves", "--history=" + history, "--output=" + folder.resolve("a.svg"))
            .failed(1);
    assertThat(called.err())
        .contains("line 1 is no entry of a history: it is not valid JSON")
        .doesNotContain("secret", "Unrecognized token");
  }

  @Test
  void anOutputThatFailsSaysWhy() {
    assertThat(said("Broken pipe")).contains("the command that reads it has ended");
    assertThat(said("No space left on device")).contains("No space left on device");
  }

  private static String said(String failure) {
    var err = new ByteArrayOutputStream();
    var sink =
        new Sink(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException(failure);
              }
            });
    var console = new Console(sink, new PrintStream(err, true), false);
    assertThat(new Cli(console, Models.FRESNEL).run("inspect", "--model=by-hand")).isEqualTo(1);
    return err.toString();
  }
}
