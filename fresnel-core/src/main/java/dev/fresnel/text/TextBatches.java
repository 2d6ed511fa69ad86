package dev.fresnel.text;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.file.TextBytes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * Many texts in batches of similar length, so that little of what a model reads is padding. The
 * longest come first, so that a batch too large for the memory shows at once.
 *
 * <pre>{@code
 * var batches = TextBatches.ofLines(Path.of("reviews.txt"), tokenizer, Bos.PREPEND, 4096, progress);
 * batches.forEach(progress, batch -> {
 *   try (var run = model.run(batch.tokens(), plan)) {
 *     run.loss();   // row i is line batch.lines().get(i) of the file
 *   }
 * });
 * }</pre>
 *
 * @param batches the longest texts first
 */
public record TextBatches(List<Batch> batches) {
  /** The largest file that is read, in bytes: what a Java array holds, with room. */
  private static final long MOST = 1L << 30;

  /** Texts that a progress report comes after. */
  private static final int REPORTED = 1000;

  /** Receives reports of how far the work has come, such as a {@code load.Progress}'s method. */
  @FunctionalInterface
  public interface Progress {
    Progress NONE = (what, done, total) -> {};

    /**
     * @param what what is being done, in words
     * @param done how much is done
     * @param total how much there is, in the same unit
     */
    void at(String what, long done, long total);
  }

  /**
   * Texts of similar length.
   *
   * @param tokens one row per text, labelled by its BOS alone; {@link Tokenizer#label} gives texts
   * @param lines where each row's text stood among those that were given, counted from 0
   */
  public record Batch(Tokens tokens, List<Integer> lines) {
    public Batch {
      lines = List.copyOf(lines);
    }

    /** The tokens without padding. */
    public long count() {
      long count = 0;
      for (int row = 0; row < tokens.batch(); row++) {
        count += tokens.length() - tokens.padding(row);
      }
      return count;
    }
  }

  public TextBatches {
    batches = List.copyOf(batches);
  }

  /**
   * The lines of a UTF-8 file, each a text of its own; empty lines are none. A byte-order mark at
   * the file's head is left out, and reported.
   *
   * @param positions the most positions of a batch, padding included; a longer text is a batch of
   *     its own
   * @throws FresnelException if the file cannot be read or has no text, or a line gives no tokens
   */
  public static TextBatches ofLines(
      Path file, Tokenizer tokenizer, Bos bos, int positions, Progress progress) {
    var content = TextBytes.of(InputFile.anyBytes(file, MOST), file.toString());
    if (content.hadMark()) {
      progress.at(TextBytes.remark(file.toString()), 0, 0);
    }
    var lines = content.text().lines().toList();
    if (lines.stream().allMatch(String::isEmpty)) {
      throw new FresnelException(file + " has no text; give a file with a text on each line");
    }
    return of(lines, tokenizer, bos, positions, progress);
  }

  /**
   * Texts; empty ones are left out.
   *
   * @param positions the most positions of a batch, padding included; a longer text is a batch of
   *     its own
   * @throws FresnelException if a text gives no tokens
   */
  public static TextBatches of(
      List<String> texts, Tokenizer tokenizer, Bos bos, int positions, Progress progress) {
    record Row(int line, int[] ids) {}
    var rows = new ArrayList<Row>();
    for (int line = 0; line < texts.size(); line++) {
      if (!texts.get(line).isEmpty()) {
        rows.add(new Row(line, tokenizer.ids(texts.get(line), bos)));
      }
      if ((line + 1) % REPORTED == 0 || line + 1 == texts.size()) {
        progress.at("tokenizing texts", line + 1, texts.size());
      }
    }
    rows.sort(Comparator.comparingInt(row -> -row.ids.length));
    var batches = new ArrayList<Batch>();
    for (int from = 0; from < rows.size(); ) {
      int most = Math.max(1, positions / rows.get(from).ids.length);
      var some = rows.subList(from, Math.min(rows.size(), from + most));
      var ids = some.stream().map(Row::ids).toList();
      batches.add(
          new Batch(
              tokenizer.labelBos(Tokens.leftPadded(ids, tokenizer.padId().orElse(0))),
              some.stream().map(Row::line).toList()));
      from += some.size();
    }
    return new TextBatches(batches);
  }

  /** The tokens of all texts, without padding. */
  public long count() {
    return batches.stream().mapToLong(Batch::count).sum();
  }

  /** Does something with each batch, and reports how many tokens are done. */
  public void forEach(Progress progress, Consumer<Batch> work) {
    long total = count();
    long done = 0;
    for (Batch batch : batches) {
      work.accept(batch);
      done += batch.count();
      progress.at("running texts", done, total);
    }
  }
}
