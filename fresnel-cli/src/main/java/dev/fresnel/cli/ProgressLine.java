package dev.fresnel.cli;

import dev.fresnel.load.Progress;
import java.io.PrintStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A line that shows a user who has waited for two seconds what is being done. A terminal's line is
 * redrawn, and removed at the end; elsewhere a plain line is printed for each step that takes long.
 */
final class ProgressLine implements Progress, AutoCloseable {
  /** How long work may take before a line is shown. */
  private static final long PATIENCE_MS = 2_000;

  /** The time between two drawings of the line. */
  private static final long REDRAW_MS = 250;

  /** The time between two plain lines, where there is no terminal. */
  private static final long REPEAT_MS = 15_000;

  /** The longest line, in characters: a full one would make some terminals begin another. */
  private static final int WIDEST = Width.terminal() - 2;

  /** The bar's length, in characters. */
  private static final int BAR = 24;

  /** Returns to the start of the line and clears it. */
  private static final String WIPE = "\r\u001b[K";

  private final String what;
  private final PrintStream err;
  private final boolean terminal;
  private final long begun = System.nanoTime();
  private final Thread thread;
  private String printed = "";
  private String step = "";
  private long done;
  private long total;
  private @Nullable DownloadLine download;
  private boolean drawn;
  private boolean closed;

  ProgressLine(String what, PrintStream err, boolean terminal) {
    this.what = what;
    this.err = err;
    this.terminal = terminal;
    thread = new Thread(this::drawUntilClosed, "fresnel-progress");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public synchronized void at(String what, long done, long total) {
    download = null;
    tell(what, done, total);
  }

  @Override
  public synchronized void atBytes(String what, long done, long total) {
    if (download == null || !step.equals(what)) {
      download = new DownloadLine(what, done, System::nanoTime);
    }
    tell(what, done, total);
  }

  @Override
  public synchronized void remark(String sentence) {
    if (drawn && terminal) {
      err.print(WIPE);
    }
    err.println(Visible.message(sentence));
  }

  private void tell(String what, long done, long total) {
    this.step = what;
    this.done = done;
    this.total = total;
  }

  private synchronized void drawUntilClosed() {
    try {
      waitFor(PATIENCE_MS);
      while (!closed) {
        draw();
        waitFor(terminal ? REDRAW_MS : REPEAT_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until the line is closed, or until the time is over. */
  private void waitFor(long milliseconds) throws InterruptedException {
    long end = System.nanoTime() + milliseconds * 1_000_000;
    while (!closed) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return;
      }
      wait(left);
    }
  }

  private void draw() {
    drawn = true;
    if (!terminal) {
      String line = step.isEmpty() ? what + " ..." : what + ", " + step + " ...";
      if (!line.equals(printed)) {
        err.println(Visible.message(line));
        printed = line;
      }
      return;
    }
    long seconds = (System.nanoTime() - begun) / 1_000_000_000;
    String line =
        download != null
            ? download.line(done, total)
            : what + " " + bar() + seconds + " s" + (step.isEmpty() ? "" : ", " + step);
    err.print(WIPE + Visible.message(line.length() > WIDEST ? line.substring(0, WIDEST) : line));
    err.flush();
  }

  private String bar() {
    if (total <= 0) {
      return "";
    }
    double part = Math.min(1.0, (double) done / total);
    int full = (int) (part * BAR);
    return String.format(
        Locale.ROOT, "[%s%s] %3.0f %%, ", "#".repeat(full), "-".repeat(BAR - full), 100 * part);
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
    if (drawn && terminal) {
      err.print(WIPE);
      err.flush();
    }
  }
}
