package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.Progress;
import dev.fresnel.viz.Terminal;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The command's two streams. The result goes to {@code out} at the end, whole; progress, notes and
 * errors go to {@code err}.
 */
final class Console {
  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;
  private @Nullable Sink sink;
  private @Nullable Terminal coloured;
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

  /** With an output that knows why it failed. */
  Console(Sink sink, PrintStream err, boolean terminal) {
    this(new PrintStream(sink, false, StandardCharsets.UTF_8), err, terminal);
    this.sink = sink;
  }

  /** The same, where {@code out} is a terminal with colours. */
  Console coloured(Terminal terminal) {
    coloured = terminal;
    return this;
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

  /** Does work that reports its progress, which a waiting user sees. */
  <T> T during(String what, Function<Progress, T> work) {
    if (options.quiet) {
      return work.apply(Progress.NONE);
    }
    try (var line = new ProgressLine(what, err, terminal)) {
      return work.apply(line);
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
    if (!options.json && coloured != null) {
      document.figure().ifPresent(figure -> out.print("\n" + figure.text(coloured)));
    }
    requireWritten();
  }

  private void requireWritten() {
    if (out.checkError()) {
      throw new FresnelException(
          "the output could not be written: "
              + (sink == null ? "the system does not say why" : sink.reason()));
    }
  }
}
