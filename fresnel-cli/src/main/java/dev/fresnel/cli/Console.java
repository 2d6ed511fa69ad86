package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.Progress;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The command's two streams. The result goes to {@code out} at the end, whole; progress, notes and
 * errors go to {@code err}.
 */
final class Console {
  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;
  private boolean hasDrawn;
  private OutputOptions options = new OutputOptions();

  /**
   * @param out in UTF-8
   * @param err in UTF-8
   * @param terminal whether {@code err} is a terminal
   */
  Console(PrintStream out, PrintStream err, boolean terminal) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  PrintStream out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  void use(OutputOptions given) {
    options = given;
  }

  boolean verbose() {
    return options.verbose;
  }

  /** Whether notes and progress go to a terminal. */
  boolean terminal() {
    return terminal;
  }

  /** Prints a note to {@code err}; nothing under {@code --quiet}. */
  void note(String message) {
    if (!options.quiet) {
      err.println(Visible.message(message));
    }
  }

  /** Prints an error to {@code err}. */
  void error(String message) {
    err.println("fresnel: " + Visible.message(message));
  }

  /** Prints where an error comes from to {@code err}. */
  void trace(Throwable e) {
    var text = new StringWriter();
    e.printStackTrace(new PrintWriter(text, true));
    err.print(Visible.message(text.toString().replace("\r\n", "\n")));
  }

  /** Does work that reports its progress, which a waiting user sees; without a terminal, once. */
  <T> T during(String what, Function<Progress, T> work) {
    if (options.quiet) {
      return work.apply(Progress.NONE);
    }
    if (hasDrawn && !terminal) {
      return work.apply(new Remarks());
    }
    try (var line = new ProgressLine(what, err, terminal)) {
      T result = work.apply(line);
      hasDrawn |= line.drawn();
      return result;
    }
  }

  /** Prints remarks, and no progress. */
  private final class Remarks implements Progress {
    @Override
    public void at(String what, long done, long total) {}

    @Override
    public void remark(String sentence) {
      note(sentence);
    }
  }

  /** Does work that reports no progress. */
  <T> T during(String what, Supplier<T> work) {
    return during(what, progress -> work.get());
  }

  /** Whether the result is one JSON document. */
  boolean json() {
    return options.json;
  }

  /**
   * Prints the next piece of a text that grows, unless the result is JSON.
   *
   * @throws FresnelException if the output cannot be written
   */
  void grow(String piece) {
    if (!options.json) {
      out.print(Visible.message(piece));
      requireWritten();
    }
  }

  /**
   * Prints a command's result, as text or as one JSON document.
   *
   * @throws FresnelException if the output cannot be written
   */
  void show(Document document) {
    String text = options.json ? RecordJson.of(document.json()) : document.text();
    out.println(text.stripTrailing());
    requireWritten();
  }

  private void requireWritten() {
    if (out.checkError()) {
      throw new FresnelException(
          "The output could not be written: the disk is full, or the reader of a pipe has gone.");
    }
  }
}
