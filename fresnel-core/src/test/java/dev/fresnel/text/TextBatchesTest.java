package dev.fresnel.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextBatchesTest {
  private static final Tokenizer BYTES = Tokenizer.bytes();

  @TempDir Path folder;

  @AfterAll
  static void close() {
    BYTES.close();
  }

  @Test
  void linesOfSimilarLengthShareABatch() throws IOException {
    Path file = Files.writeString(folder.resolve("lines"), "aaaa\nb\n\r\ncccc\ndd\n");
    var reports = new ArrayList<String>();
    var batches =
        TextBatches.ofLines(
            file, BYTES, Bos.PREPEND, 10, (what, done, total) -> reports.add(done + "/" + total));
    assertThat(batches.batches().stream().map(TextBatches.Batch::lines))
        .containsExactly(List.of(0, 3), List.of(4, 1));
    assertThat(batches.batches().get(1).tokens().padding(1)).isEqualTo(1);
    assertThat(batches.batches().get(1).tokens().startsWithBos()).isTrue();
    assertThat(batches.count()).isEqualTo(5 + 5 + 3 + 2);
    batches.forEach((what, done, total) -> reports.add(done + "/" + total), batch -> {});
    assertThat(reports).containsExactly("5/5", "10/15", "15/15");
  }

  @Test
  void aLongTextIsABatchOfItsOwn() {
    var batches =
        TextBatches.of(
            List.of("a", "b".repeat(9), "c"), BYTES, Bos.NONE, 4, TextBatches.Progress.NONE);
    assertThat(batches.batches().stream().map(TextBatches.Batch::lines))
        .containsExactly(List.of(1), List.of(0, 2));
  }

  @Test
  void aByteOrderMarkIsLeftOutAndReported() throws IOException {
    Path file = Files.writeString(folder.resolve("marked"), "\uFEFFab\n");
    var reports = new ArrayList<String>();
    var batches =
        TextBatches.ofLines(file, BYTES, Bos.NONE, 10, (what, done, total) -> reports.add(what));
    assertThat(batches.batches().get(0).tokens().ids(0)).containsExactly('a', 'b');
    assertThat(reports.get(0)).contains("begins with a byte-order mark");
  }

  @Test
  void aFileWithoutTextIsAnError() throws IOException {
    Path file = Files.writeString(folder.resolve("empty"), "\n\n");
    assertThatThrownBy(
            () -> TextBatches.ofLines(file, BYTES, Bos.PREPEND, 10, TextBatches.Progress.NONE))
        .hasMessageContaining("has no text");
  }
}
